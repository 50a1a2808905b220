import { type ClerkClient, createClerkClient } from '@clerk/backend';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf, refusal } from '../testing/client.ts';

let clerk: ClerkEmulator;
let users: ClerkClient['users'];
beforeAll(async () => {
  clerk = await startClerkEmulator();
  users = clientOf(clerk).users;
});
beforeEach(() => clerk.reset());
afterAll(() => clerk.stop());

test('the next calls of an endpoint fail, the others and the later ones do not', async () => {
  const user = await users.createUser({ username: 'somebody' });
  clerk.failApi({ method: 'GET', path: '/v1/users/*', times: 2, status: 500 });
  expect(await users.updateUser(user.id, { firstName: 'A' })).toMatchObject({ firstName: 'A' });
  expect(await refusal(users.getUser(user.id))).toMatchObject({ status: 500, code: 'internal_clerk_error' });
  expect(clerk.apiFaults()).toMatchObject([{ times: 1 }]);
  expect(await refusal(users.getUser(user.id))).toMatchObject({ status: 500 });
  expect(await users.getUser(user.id)).toMatchObject({ id: user.id });
});

test('too many requests come with the time to wait, as the SDK reads it', async () => {
  clerk.failApi({ path: '/v1/users', status: 429, retryAfterSeconds: 7 });
  const error = await users.createUser({ username: 'somebody' }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ status: 429, retryAfter: 7, errors: [{ code: 'too_many_requests' }] });
  expect(await users.createUser({ username: 'somebody' })).toMatchObject({ username: 'somebody' });
});

test('a failed call has done nothing', async () => {
  clerk.failApi({ method: 'POST', status: 503 });
  await refusal(users.createUser({ username: 'somebody' }));
  expect(await users.getCount()).toBe(0);
});

test('a call can be left hanging until its caller gives up', async () => {
  clerk.failApi({ path: '/v1/jwks' });
  const headers = { authorization: `Bearer ${clerk.secretKey}` };
  const signal = AbortSignal.timeout(50);
  await expect(fetch(`${clerk.apiUrl}/v1/jwks`, { headers, signal })).rejects.toThrow(/timeout/);
  expect((await fetch(`${clerk.apiUrl}/v1/jwks`, { headers })).status).toBe(200);
});

test('an emulator stops though calls hang', async () => {
  const other = await startClerkEmulator();
  const { secretKey, apiUrl } = other;
  const client = createClerkClient({ secretKey, apiUrl, telemetry: { disabled: true } });
  other.failApi({});
  const hanging = client.users.getCount().catch((reason: unknown) => reason);
  await expect.poll(() => other.apiFaults()).toEqual([]);
  await other.stop();
  expect(await hanging).toBeInstanceOf(Error);
});
