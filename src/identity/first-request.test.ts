import { subscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { call, type Person, signUp } from '../../test/support/people.ts';
import { type Stack, startStack } from '../../test/support/stack.ts';
import { type Backend, startBackend } from '../backend.ts';
import { parseEnv } from '../config/env.ts';
import { createLog } from '../config/log.ts';

/** The paths of all calls that this process makes with fetch: among them those to Clerk. */
const called: string[] = [];
subscribe('undici:request:create', (message) => {
  called.push((message as { request: { path: string } }).request.path);
});
const callsFor = ({ clerkId }: Person) => called.filter((path) => path === `/v1/users/${clerkId}`).length;

let stack: Stack;
/** Another process, as far as MongoDB and Clerk can tell. */
let other: Backend;
beforeAll(async () => {
  stack = await startStack();
  other = await startBackend(parseEnv(stack.environment), { log: createLog({ logLevel: 'silent' }) });
});
afterAll(async () => {
  await other?.stop();
  await stack?.stop();
});
beforeEach(() => {
  // Every webhook is lost: the first request is all that tells of a user.
  stack.clerk.clearFaults();
  stack.clerk.webhookFaults = { drop: 1 };
});

const profile = async (token: string, api = stack.api) =>
  call<{ user?: { clerkId: string }; code?: string }>(api, 'GET /api/users/profile', { token });
const repeat = <T>(count: number, what: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => what(index)));
const mailsTo = ({ email }: Person) =>
  stack.inbox.mails.filter(({ to }) => JSON.stringify(to).includes(email)).length;

describe('B5 the first request of a user of whom no webhook has told yet', () => {
  test('is answered with the user, who gets his welcome e-mail', async () => {
    const ada = await signUp(stack);
    const answer = await profile(await ada.token());
    expect(answer).toMatchObject({ status: 200, body: { user: { clerkId: ada.clerkId, email: ada.email } } });
    await expect.poll(() => mailsTo(ada)).toBe(1);
  });

  test('a hundred at once make one call to Clerk, one user and one e-mail', async () => {
    const ada = await signUp(stack);
    const token = await ada.token();
    const answers = await repeat(100, () => profile(token));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(callsFor(ada)).toBe(1);
    await expect.poll(() => mailsTo(ada)).toBe(1);
    await stack.inngest.idle();
    expect(mailsTo(ada)).toBe(1);
  });

  test('on two processes at once make a call of each, one user and one e-mail', async () => {
    const ada = await signUp(stack);
    const token = await ada.token();
    const answers = await repeat(20, (index) => profile(token, index % 2 ? stack.api : other.url));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(callsFor(ada)).toBeLessThanOrEqual(2);
    await expect.poll(() => mailsTo(ada)).toBe(1);
    await stack.inngest.idle();
    expect(mailsTo(ada)).toBe(1);
  });

  test('and its webhooks, when they come at last, change nothing', async () => {
    stack.clerk.clearFaults();
    const ada = await signUp(stack);
    await Promise.all([profile(await ada.token()), stack.clerk.idle()]);
    await stack.inngest.idle();
    expect((await profile(await ada.token())).status).toBe(200);
    expect(mailsTo(ada)).toBe(1);
  });

  test('of whom Clerk does not know either is answered 404, and Clerk is not asked each time', async () => {
    const ada = await signUp(stack);
    const token = await ada.token();
    await stack.clerkClient.users.deleteUser(ada.clerkId);
    const first = await profile(token);
    expect(first).toMatchObject({ status: 404, body: { code: 'user_not_found' } });
    const calls = callsFor(ada);
    expect((await profile(token)).status).toBe(404);
    expect(callsFor(ada)).toBe(calls);
  });

  test('while Clerk asks to be left alone is answered 503 with its Retry-After, and Clerk is left alone', async () => {
    const ada = await signUp(stack);
    const grace = await signUp(stack);
    const [token, another] = [await ada.token(), await grace.token()];
    stack.clerk.failApi({ method: 'GET', path: '/v1/users/*', times: 1, status: 429, retryAfterSeconds: 1 });
    const refused = await profile(token);
    expect(refused).toMatchObject({ status: 503, body: { code: 'clerk_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await profile(another)).status).toBe(503);
    await expect.poll(async () => (await profile(token)).status, { timeout: 5000 }).toBe(200);
  });

  test('while Clerk is down is answered 503, and the next one asks again', async () => {
    const ada = await signUp(stack);
    const token = await ada.token();
    stack.clerk.failApi({ method: 'GET', path: '/v1/users/*', times: 1, status: 500 });
    const refused = await profile(token);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await expect.poll(async () => (await profile(token)).status, { timeout: 5000 }).toBe(200);
  });

  test('of a deleted user does not bring him back', async () => {
    stack.clerk.clearFaults();
    const ada = await signUp(stack);
    const token = await ada.token();
    await stack.clerk.idle();
    await stack.clerkClient.users.deleteUser(ada.clerkId);
    await stack.clerk.idle();
    await stack.inngest.idle();
    await expect.poll(async () => (await profile(token)).status).toBe(404);
    expect((await profile(token, other.url)).status).toBe(404);
  });
});
