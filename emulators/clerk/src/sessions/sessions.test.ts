import type { ClerkClient, User } from '@clerk/backend';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf, refusal } from '../testing/client.ts';
import { type DescribedApi, startDescribedApi } from '../testing/described-api.ts';
import { judgeAnswers } from '../testing/judge-answers.ts';

const WEEK_MS = 7 * 86_400_000;

let clerk: ClerkEmulator;
let api: DescribedApi;
let client: ClerkClient;
let sessions: ClerkClient['sessions'];
let user: User;

beforeAll(async () => {
  clerk = await startClerkEmulator();
  api = await startDescribedApi(clerk.apiUrl);
  client = clientOf(clerk, api.url);
  sessions = client.sessions;
});
beforeEach(async () => {
  await clerk.reset();
  user = await client.users.createUser({ emailAddress: ['ada@x.test'] });
});
afterAll(async () => {
  await api.close();
  await clerk.stop();
});

test('a session is active for a week, and its user has signed in', async () => {
  const session = await sessions.createSession({ userId: user.id });
  expect(session).toMatchObject({ userId: user.id, status: 'active' });
  expect(session.id).toMatch(/^sess_/);
  expect(session.clientId).toMatch(/^client_/);
  expect(session.expireAt - session.createdAt).toBe(WEEK_MS);
  expect(await sessions.getSession(session.id)).toEqual(session);
  const { lastSignInAt, lastActiveAt } = await client.users.getUser(user.id);
  expect(lastSignInAt).toBe(session.createdAt);
  // Clerk tells the day alone.
  expect(Number(lastActiveAt) % 86_400_000).toBe(0);
});

test('a session runs out by the emulator’s clock', async () => {
  const { id } = await sessions.createSession({ userId: user.id });
  clerk.advance(WEEK_MS);
  expect((await sessions.getSession(id)).status).toBe('expired');
  expect(await refusal(sessions.getToken(id))).toMatchObject({ status: 404 });
  expect((await sessions.getSessionList({ userId: user.id, status: 'expired' })).totalCount).toBe(1);
  expect((await sessions.getSessionList({ userId: user.id, status: 'active' })).totalCount).toBe(0);
});

test('a revoked session stays revoked and gives no tokens', async () => {
  const { id } = await sessions.createSession({ userId: user.id });
  const revoked = await sessions.revokeSession(id);
  expect(revoked.status).toBe('revoked');
  expect(await sessions.revokeSession(id)).toEqual(revoked);
  expect(await refusal(sessions.getToken(id))).toMatchObject({ status: 404, code: 'resource_not_found' });
});

test('a session can be ended by its user, or removed by signing out', async () => {
  const ended = clerk.signIn(user.id).session.id;
  expect(clerk.endSession(ended, 'ended').status).toBe('ended');
  const removed = clerk.signIn(user.id).session.id;
  expect(clerk.endSession(removed).status).toBe('removed');
  expect((await sessions.getSession(removed)).status).toBe('removed');
});

test('sessions are listed by user, client and status, the newest first, in pages', async () => {
  const other = await client.users.createUser({ emailAddress: ['bob@x.test'] });
  const first = await sessions.createSession({ userId: user.id });
  const second = await sessions.createSession({ userId: user.id });
  await sessions.createSession({ userId: other.id });
  const mine = await sessions.getSessionList({ userId: user.id });
  expect(mine.totalCount).toBe(2);
  expect(mine.data.map(({ id }) => id)).toEqual([second.id, first.id]);
  const page = await sessions.getSessionList({ userId: user.id, limit: 1, offset: 1 });
  expect(page).toMatchObject({ totalCount: 2, data: [{ id: first.id }] });
  expect((await sessions.getSessionList({ clientId: first.clientId })).data).toHaveLength(1);
  await sessions.revokeSession(first.id);
  const revoked = await sessions.getSessionList({ userId: user.id, status: 'revoked' });
  expect(revoked.data.map(({ id }) => id)).toEqual([first.id]);
});

test('the plain list is an array, as described', async () => {
  await sessions.createSession({ userId: user.id });
  const headers = { authorization: `Bearer ${clerk.secretKey}` };
  const answer = await fetch(`${api.url}/v1/sessions?user_id=${user.id}`, { headers });
  expect(await answer.json()).toHaveLength(1);
});

test('what is asked wrongly is refused', async () => {
  expect(await refusal(sessions.getSessionList())).toMatchObject({ status: 422, code: 'form_param_missing' });
  expect(await refusal(sessions.createSession({ userId: 'user_gone' }))).toMatchObject({ status: 404 });
  expect(await refusal(sessions.createSession({ userId: '' }))).toMatchObject({ code: 'form_param_missing' });
  expect(await refusal(sessions.getSession('sess_gone'))).toMatchObject({ status: 404 });
  expect(await refusal(sessions.revokeSession('sess_gone'))).toMatchObject({ status: 404 });
  const { id } = await sessions.createSession({ userId: user.id });
  expect(await refusal(sessions.verifySession(id, 'token'))).toMatchObject({
    status: 410,
    code: 'operation_deprecated',
  });
  expect(await refusal(sessions.getToken(id, 'my_template'))).toMatchObject({
    status: 404,
    text: /my_template/,
  });
  expect(await refusal(sessions.getToken(id, undefined, 29))).toMatchObject({
    status: 422,
    param: 'expires_in_seconds',
  });
});

judgeAnswers(
  () => api,
  [
    'POST /sessions 200',
    'GET /sessions 200',
    'GET /sessions/{session_id} 200',
    'POST /sessions/{session_id}/revoke 200',
  ],
);
