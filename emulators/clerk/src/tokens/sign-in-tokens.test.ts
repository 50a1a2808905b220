import type { ClerkClient, User } from '@clerk/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf, refusal } from '../testing/client.ts';
import { type DescribedApi, startDescribedApi } from '../testing/described-api.ts';
import { judgeAnswers } from '../testing/judge-answers.ts';

let clerk: ClerkEmulator;
let api: DescribedApi;
let client: ClerkClient;
let user: User;

beforeAll(async () => {
  clerk = await startClerkEmulator();
  api = await startDescribedApi(clerk.apiUrl);
  client = clientOf(clerk, api.url);
  user = await client.users.createUser({ emailAddress: ['ada@x.test'] });
});
afterAll(async () => {
  await api.close();
  await clerk.stop();
});

const create = (expiresInSeconds = 60) =>
  client.signInTokens.createSignInToken({ userId: user.id, expiresInSeconds });

test('a sign-in token signs its user in, once', async () => {
  const { token, status, url } = await create();
  expect(status).toBe('pending');
  expect(url).toContain(token);
  expect(clerk.signInWithToken(token).session).toMatchObject({ user_id: user.id, status: 'active' });
  expect(() => clerk.signInWithToken(token)).toThrow(/cannot be used/);
});

test('one that is revoked or out of date signs nobody in', async () => {
  const revoked = await create();
  expect((await client.signInTokens.revokeSignInToken(revoked.id)).status).toBe('revoked');
  expect(() => clerk.signInWithToken(revoked.token)).toThrow(/cannot be used/);
  expect(await refusal(client.signInTokens.revokeSignInToken(revoked.id))).toMatchObject({
    status: 400,
    code: 'sign_in_token_cannot_be_revoked_code',
  });
  const old = await create(60);
  clerk.advance(60_000);
  expect(() => clerk.signInWithToken(old.token)).toThrow(/cannot be used/);
  expect(() => clerk.signInWithToken('made up')).toThrow(/Resource not found/);
});

test('what is asked wrongly is refused', async () => {
  const unknown = client.signInTokens.createSignInToken({ userId: 'user_gone', expiresInSeconds: 60 });
  expect(await refusal(unknown)).toMatchObject({ status: 404 });
  expect(await refusal(create(-1))).toMatchObject({ status: 422, param: 'expires_in_seconds' });
  expect(await refusal(client.signInTokens.revokeSignInToken('sit_gone'))).toMatchObject({ status: 404 });
});

judgeAnswers(() => api, ['POST /sign_in_tokens 200', 'POST /sign_in_tokens/{sign_in_token_id}/revoke 200']);
