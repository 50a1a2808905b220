import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf } from '../testing/client.ts';
import { type Receiver, startReceiver } from '../testing/receiver.ts';

let clerk: ClerkEmulator;
let receiver: Receiver;
let userId: string;
beforeAll(async () => {
  clerk = await startClerkEmulator();
  receiver = await startReceiver();
});
beforeEach(async () => {
  receiver.answer = () => 200;
  receiver.received.length = 0;
  clerk.webhookUrl = receiver.url;
  await call('POST', '/reset');
  userId = (await clientOf(clerk).users.createUser({ emailAddress: ['ada@x.test'] })).id;
});
afterAll(async () => {
  await clerk.stop();
  await receiver.close();
});

/** A call of `/_emulator`, as another process would make it. */
async function call(method: string, path: string, body?: object) {
  const json = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(`${clerk.apiUrl}/_emulator${path}`, { method, ...json });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test('it tells how to connect, and what is set', async () => {
  const { apiUrl, publishableKey, secretKey, jwtKey, webhookSecret } = clerk;
  expect(await call('GET', '')).toEqual({
    status: 200,
    body: {
      apiUrl,
      publishableKey,
      secretKey,
      jwtKey,
      webhookSecret,
      now: expect.any(Number),
      webhookUrl: receiver.url,
      sessionTokenTemplate: { role: '{{user.public_metadata.role}}' },
      origin: 'http://localhost:3000',
    },
  });
});

test('address, template and origin can be set, and are checked', async () => {
  const set = { webhookUrl: null, sessionTokenTemplate: {}, origin: null };
  expect(await call('PATCH', '', set)).toMatchObject({ status: 200, body: set });
  expect(clerk.webhookUrl).toBeUndefined();
  const bad = await call('PATCH', '', { webhookUrl: 'not a url' });
  expect(bad).toMatchObject({ status: 422, body: { errors: [{ code: 'webhook_url_invalid' }] } });
  expect((await call('PATCH', '', { sessionTokenTemplate: { sub: 'x' } })).status).toBe(422);
  expect((await call('PATCH', '', { colour: 'red' })).status).toBe(422);
});

test('a user is signed in, given tokens, and signed out', async () => {
  const { body } = await call('POST', '/sign-in', { userId, lifetimeSeconds: 30 });
  const { session, token } = body as { session: { id: string }; token: string };
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({ sub: userId, sid: session.id, exp: claims.iat + 30 });
  const more = await call('POST', `/sessions/${session.id}/token`, { origin: null, ageSeconds: 90 });
  expect(more.body).toEqual({ token: expect.stringMatching(/^ey.*\..*\..*/) });
  expect((await call('POST', `/sessions/${session.id}/remove`)).body).toMatchObject({ status: 'removed' });
  const second = (await call('POST', '/sign-in', { userId })).body as { session: { id: string } };
  expect((await call('POST', `/sessions/${second.session.id}/end`)).body).toMatchObject({ status: 'ended' });
});

test('a sign-in token signs in', async () => {
  const made = await clientOf(clerk).signInTokens.createSignInToken({ userId, expiresInSeconds: 60 });
  const { body } = await call('POST', '/sign-in', { signInToken: made.token });
  expect(body).toMatchObject({ session: { user_id: userId } });
  expect((await call('POST', '/sign-in', { signInToken: made.token })).status).toBe(400);
  expect((await call('POST', '/sign-in', {})).status).toBe(422);
  expect((await call('POST', '/sign-in', { userId: 'user_gone' })).status).toBe(404);
});

test('the clock is turned and deliveries are waited for', async () => {
  receiver.answer = () => 500;
  const user = await clientOf(clerk).users.createUser({ username: 'somebody' });
  await call('POST', '/idle');
  receiver.answer = () => 200;
  const before = clerk.clock.now();
  const { body } = await call('POST', '/advance', { ms: 5000 });
  expect(Number(body.now) - before).toBeGreaterThanOrEqual(5000);
  await call('POST', '/idle');
  const arrived = receiver.received.filter(({ body }) => body.includes(user.id));
  expect(arrived).toHaveLength(2);
  expect((await call('POST', '/advance', { ms: -1 })).status).toBe(422);
  expect((await call('POST', '/advance', {})).status).toBe(422);
});

test('deliveries are listed with their attempts, and sent again', async () => {
  await call('POST', '/idle');
  const { body } = await call('GET', '/deliveries?limit=1');
  const [delivery] = body as unknown as { id: string }[];
  expect(delivery).toMatchObject({
    type: 'user.created',
    state: 'delivered',
    attempts: [{ reason: 'schedule', status: 200, answer: 'noted', url: receiver.url }],
  });
  const again = await call('POST', `/deliveries/${delivery?.id}/resend`);
  expect(again.body.attempts).toHaveLength(2);
  expect((await call('GET', `/deliveries/${delivery?.id}`)).body).toEqual(again.body);
  expect((await call('GET', '/deliveries/msg_gone')).status).toBe(404);
});

test('faults of webhooks and of the API are set, listed and ended', async () => {
  const webhooks = { seed: 5, drop: 0.5 };
  expect((await call('PUT', '/faults/webhooks', webhooks)).body).toMatchObject({ webhooks });
  const api = { method: 'GET', path: '/v1/users/*', times: 2, status: 500 };
  expect((await call('POST', '/faults/api', api)).body).toEqual({ webhooks, api: [api] });
  expect((await call('GET', '/faults')).body).toEqual({ webhooks, api: [api] });
  expect((await call('DELETE', '/faults')).body).toEqual({ webhooks: null, api: [] });
  expect((await call('PUT', '/faults/webhooks', { drop: 2 })).status).toBe(422);
  expect((await call('PUT', '/faults/webhooks', { reorder: 0 })).status).toBe(422);
  expect((await call('POST', '/faults/api', { status: 42 })).status).toBe(422);
});

test('signing keys and webhook secrets are rotated', async () => {
  const { body } = await call('POST', '/signing-keys');
  const [fresh, old] = body as unknown as { kid: string; signs: boolean }[];
  expect([fresh?.signs, old?.signs]).toEqual([true, false]);
  expect((await call('DELETE', `/signing-keys/${fresh?.kid}`)).status).toBe(404);
  expect((await call('DELETE', `/signing-keys/${old?.kid}`)).body).toHaveLength(1);
  expect((await call('GET', '/signing-keys')).body).toHaveLength(1);

  const before = clerk.webhookSecret;
  expect((await call('POST', '/webhook-secrets')).body.webhookSecret).not.toBe(before);
  expect((await call('DELETE', '/webhook-secrets/old')).body.webhookSecret).toBe(clerk.webhookSecret);
});

test('a reset forgets users, deliveries, faults and settings, and keeps keys, clock and address', async () => {
  clerk.origin = null;
  clerk.failApi({ times: 5, status: 500 });
  const { secretKey, jwtKey } = clerk;
  const { body } = await call('POST', '/reset');
  expect(body).toMatchObject({
    secretKey,
    jwtKey,
    webhookUrl: receiver.url,
    origin: 'http://localhost:3000',
  });
  expect(await clientOf(clerk).users.getCount()).toBe(0);
  expect(clerk.deliveries()).toEqual([]);
});

test('a reset breaks off deliveries that hang', async () => {
  await clerk.idle();
  receiver.answer = () => 'nothing';
  await clientOf(clerk).users.createUser({ username: 'somebody' });
  await expect.poll(() => receiver.received.length).toBe(2);
  await clerk.reset();
  await clerk.idle();
  expect(clerk.deliveries()).toEqual([]);
});

/** The status of a call as a browser makes it; fetch would not let these headers be set. */
function browse(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(`${clerk.apiUrl}/_emulator`, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject).end();
  });
}

test('another web page cannot reach it, not even under a name of its own for this machine', async () => {
  const { host } = new URL(clerk.apiUrl);
  expect(await browse({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).toBe(200);
  expect(await browse({ 'sec-fetch-site': 'none' })).toBe(200);
  expect(await browse({ origin: 'http://evil.test', 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await browse({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  const rebound = {
    host: 'evil.test:4000',
    origin: 'http://evil.test:4000',
    'sec-fetch-site': 'same-origin',
  };
  expect(await browse(rebound)).toBe(403);
});

test('what it does not know it refuses by name', async () => {
  const { status, body } = await call('GET', '/weather');
  expect(status).toBe(501);
  expect(JSON.stringify(body)).toContain('GET /_emulator/weather');
});
