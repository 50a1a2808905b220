import { createClerkClient } from '@clerk/backend';
import { startClerkEmulator } from '@frontdesk/clerk-emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, type Person, signUp } from '../support/people.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let person: Person;
beforeAll(async () => {
  stack = await startStack({ CLERK_AUTHORIZED_PARTIES: 'http://localhost:3000' });
  person = await signUp(stack);
});
afterAll(() => stack?.stop());

const profile = 'GET /api/users/profile';

test('A3 the global middleware blocks nobody: open routes answer with a bad token, too', async () => {
  const { status } = await call(stack.api, 'GET /api/products', { token: 'not.a.token' });
  expect(status).toBe(200);
});

test('A4 A8 A19 a valid token lets through to the mirrored user', async () => {
  const { status, body } = await call(stack.api, profile, { token: await person.token() });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    user: { clerkId: person.clerkId, email: person.email, name: 'Ada Lovelace' },
  });
  expect(JSON.stringify(body)).not.toMatch(/sync|revision|endedSessions/);
});

test('A5 B1 without a token the answer is 401 in JSON, for a browser, too, and never a redirect', async () => {
  const browser = {
    accept: 'text/html',
    'sec-fetch-dest': 'document',
    cookie: '__session=x; __client_uat=1',
  };
  for (const headers of [{}, browser, { authorization: 'Bearer' }, { authorization: 'Basic abc' }]) {
    const answer = await call(stack.api, profile, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('location')).toBeNull();
    expect(answer.body).toEqual({
      message: 'Unauthorized - Invalid token',
      code: 'invalid_token',
      requestId: answer.headers.get('x-request-id'),
    });
  }
});

test('A4 an expired token, a changed one, one of another origin and one of another instance are refused', async () => {
  const token = await person.token();
  const [header, payload, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
  const raised = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url');
  const other = await startClerkEmulator({ port: 0 });
  const stranger = await signUp({
    clerkClient: createClerkClient({ ...other, telemetry: { disabled: true } }),
  });
  const bad = {
    expired: stack.clerk.token(person.sessionId, { ageSeconds: 70 }),
    raised: `${header}.${raised}.${signature}`,
    unsigned: `${header}.${payload}.`,
    halved: `${header}.${payload}`,
    padded: `${token}x`,
    'of another origin': stack.clerk.token(person.sessionId, { origin: 'https://evil.example' }),
    'of another instance': await stranger.token(),
  };
  await other.stop();
  for (const [name, forged] of Object.entries(bad)) {
    expect({ name, status: (await call(stack.api, profile, { token: forged })).status }).toEqual({
      name,
      status: 401,
    });
  }
});

test('A6 B5 a valid token of a user whom Clerk deleted is 404 in the end', async () => {
  const gone = await signUp(stack);
  const token = await gone.token();
  expect((await call(stack.api, profile, { token })).status).toBe(200);
  await stack.clerkClient.users.deleteUser(gone.clerkId);
  await expect
    .poll(async () => (await call(stack.api, profile, { token })).body, { timeout: 10_000 })
    .toMatchObject({ message: 'User not found', code: 'user_not_found' });
});

test('every answer carries a request id, and a plain one of the caller is kept', async () => {
  const given = await call(stack.api, 'GET /api/health', { headers: { 'x-request-id': 'order-7' } });
  expect(given.headers.get('x-request-id')).toBe('order-7');
  const odd = await call(stack.api, 'GET /api/health', { headers: { 'x-request-id': '<script>' } });
  expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});
