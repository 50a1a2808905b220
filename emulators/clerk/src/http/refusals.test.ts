import { createClerkClient } from '@clerk/backend';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf, refusal } from '../testing/client.ts';

let clerk: ClerkEmulator;
beforeAll(async () => {
  clerk = await startClerkEmulator();
});
beforeEach(() => clerk.reset());
afterAll(() => clerk.stop());

interface ErrorBody {
  errors: { code: string; message: string; long_message: string; meta?: object }[];
  clerk_trace_id: string;
}

async function call(
  method: string,
  path: string,
  init: { headers?: Record<string, string>; body?: string } = {},
) {
  const headers = {
    authorization: `Bearer ${clerk.secretKey}`,
    'content-type': 'application/json',
    ...init.headers,
  };
  const answer = await fetch(`${clerk.apiUrl}${path}`, { ...init, method, headers });
  const body = (await answer.json()) as ErrorBody;
  return {
    status: answer.status,
    code: body.errors?.[0]?.code,
    text: body.errors?.[0]?.long_message,
    body,
    answer,
  };
}

test('a wrong secret key is refused by name, and named nowhere', async () => {
  const stranger = createClerkClient({
    secretKey: 'sk_test_wrong',
    apiUrl: clerk.apiUrl,
    telemetry: { disabled: true },
  });
  expect(await refusal(stranger.users.getCount())).toMatchObject({ status: 401, code: 'clerk_key_invalid' });
  const { answer, body } = await call('GET', '/v1/users', {
    headers: { authorization: 'Bearer sk_test_wrong' },
  });
  expect(answer.status).toBe(401);
  expect(JSON.stringify(body)).not.toContain('sk_test');
});

test.each(['', 'sk_test', 'Basic abc', 'Bearer'])(
  'an authorization header like "%s" is no Bearer',
  async (authorization) => {
    expect(await call('GET', '/v1/jwks', { headers: { authorization } })).toMatchObject({
      status: 401,
      code: 'authorization_header_format_invalid',
    });
  },
);

test('errors have Clerk’s form and the content type that the SDK insists on', async () => {
  const { status, body, answer } = await call('GET', '/v1/users/user_gone');
  expect(status).toBe(404);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(body).toEqual({
    errors: [
      {
        code: 'resource_not_found',
        message: 'not found',
        long_message: 'No user was found with id user_gone',
      },
    ],
    clerk_trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});

test.each([
  ['{"first_name": ', 400, 'request_body_invalid'],
  ['[]', 400, 'request_body_invalid'],
  ['null', 400, 'request_body_invalid'],
  ['"text"', 400, 'request_body_invalid'],
  [JSON.stringify({ username: 'x'.repeat(1_100_000) }), 413, 'request_body_too_large'],
])('a body like %.20s is refused with %i', async (body, status, code) => {
  expect(await call('POST', '/v1/users', { body })).toMatchObject({ status, code });
});

test('a body that says it is something else is refused', async () => {
  const form = { headers: { 'content-type': 'text/plain' }, body: '{}' };
  expect(await call('POST', '/v1/users', form)).toMatchObject({
    status: 415,
    code: 'unsupported_content_type',
  });
});

test('an API version that is not spoken is refused by name', async () => {
  const old = { headers: { 'clerk-api-version': '2021-02-05' } };
  expect(await call('GET', '/v1/users', old)).toMatchObject({
    status: 400,
    code: 'api_version_invalid',
    text: expect.stringContaining('2021-02-05'),
  });
});

test('what Clerk knows and the emulator does not is answered 501 and named', async () => {
  const client = clientOf(clerk);
  const unsupported: [() => Promise<unknown>, RegExp][] = [
    [() => client.organizations.createOrganization({ name: 'Acme' }), /POST \/v1\/organizations/],
    [() => client.invitations.getInvitationList(), /GET \/v1\/invitations/],
    [() => client.users.verifyPassword({ userId: 'user_1', password: 'secret' }), /POST .*\/verify_password/],
    [() => client.users.deleteUserProfileImage('user_1'), /DELETE .*\/profile_image/],
    [() => client.testingTokens.createTestingToken(), /POST \/v1\/testing_tokens/],
    [() => client.webhooks.createSvixApp(), /POST \/v1\/webhooks\/svix/],
  ];
  for (const [unknown, named] of unsupported) {
    const { status, code, text } = await refusal(unknown());
    expect([status, code]).toEqual([501, 'not_supported_by_emulator']);
    expect(text).toMatch(named);
  }
  expect((await call('DELETE', '/v1/users')).status).toBe(501);
});

test('a call that is refused changes nothing and tells nobody', async () => {
  const { users } = clientOf(clerk);
  await users.createUser({ emailAddress: ['ada@x.test'] });
  await refusal(users.createUser({ emailAddress: ['new@x.test', 'ada@x.test'] }));
  expect(await users.getCount()).toBe(1);
  expect(clerk.deliveries()).toHaveLength(1);
});
