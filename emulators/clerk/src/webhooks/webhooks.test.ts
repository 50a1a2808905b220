import type { ClerkClient } from '@clerk/backend';
import { verifyWebhook } from '@clerk/backend/webhooks';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf } from '../testing/client.ts';
import { readDescribedWebhooks } from '../testing/described-webhooks.ts';
import { type Received, type Receiver, startReceiver } from '../testing/receiver.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** docs.svix.com/retries */
const PAUSES = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR];

const described = readDescribedWebhooks();

let clerk: ClerkEmulator;
let client: ClerkClient;
let receiver: Receiver;

beforeAll(async () => {
  clerk = await startClerkEmulator();
  client = clientOf(clerk);
});
beforeEach(async () => {
  receiver = await startReceiver();
  clerk.webhookUrl = receiver.url;
  await clerk.reset();
});
afterEach(() => receiver.close());
afterAll(() => clerk.stop());

const createUser = (more: object = {}) => client.users.createUser({ emailAddress: ['ada@x.test'], ...more });

function verify({ headers, body }: Received, signingSecret: string) {
  const request = new Request('http://x.test', {
    method: 'POST',
    headers: headers as Record<string, string>,
    body,
  });
  return verifyWebhook(request, { signingSecret });
}

/** The names of the headers are Svix's; the specification that Svix's signatures became calls them otherwise. */
function verifyByStandard({ headers, body }: Received, secret: string): unknown {
  const named = ['id', 'timestamp', 'signature'].map((name) => [
    `webhook-${name}`,
    String(headers[`svix-${name}`]),
  ]);
  return new Webhook(secret).verify(body, Object.fromEntries(named));
}

test('everything that happens to a user is told, signed, in Clerk’s envelope', async () => {
  const begun = clerk.clock.now();
  const user = await createUser({ externalId: 'ext-1', privateMetadata: { note: 'secret' } });
  await client.users.updateUserMetadata(user.id, { publicMetadata: { role: 'admin' } });
  const { session } = clerk.signIn(user.id);
  clerk.endSession(session.id, 'ended');
  clerk.endSession(clerk.signIn(user.id).session.id, 'removed');
  await client.sessions.revokeSession((await client.sessions.createSession({ userId: user.id })).id);
  await client.users.deleteUser(user.id);
  await clerk.idle();

  const counts = Object.groupBy(receiver.received, ({ type }) => type);
  expect(Object.fromEntries(Object.entries(counts).map(([type, all]) => [type, all?.length]))).toEqual({
    'user.created': 1,
    'user.updated': 1,
    'user.deleted': 1,
    'session.created': 3,
    'session.ended': 1,
    'session.removed': 1,
    'session.revoked': 1,
  });
  for (const webhook of receiver.received) {
    const event = await verify(webhook, clerk.webhookSecret);
    expect(verifyByStandard(webhook, clerk.webhookSecret)).toEqual(event);
    expect(event).toMatchObject({
      object: 'event',
      instance_id: expect.stringMatching(/^ins_/),
      event_attributes: { http_request: { client_ip: expect.any(String), user_agent: expect.any(String) } },
    });
    expect(event.timestamp).toBeGreaterThanOrEqual(begun);
    expect(described?.faults(event) ?? []).toEqual([]);
  }
  const data = (type: string) => JSON.parse(counts[type]?.[0]?.body ?? '{}').data;
  expect(data('user.created')).toMatchObject({ id: user.id, private_metadata: { note: 'secret' } });
  expect(data('user.deleted')).toEqual({ id: user.id, object: 'user', deleted: true, external_id: 'ext-1' });
  expect(data('session.created')).toMatchObject({ user_id: user.id, user: { id: user.id } });
});

test('Clerk’s description of its webhooks was there to compare with', ({ skip }) => {
  skip(described === undefined, 'Clerk’s description of its webhooks is not here to compare with');
  expect(described?.faults({ type: 'user.created', data: { id: 1 } })).not.toEqual([]);
});

test('a ban is told, and the sessions that it ends are too', async () => {
  const user = await createUser();
  const { session } = clerk.signIn(user.id);
  await client.users.banUser(user.id);
  await clerk.idle();
  const revoked = receiver.received.find(({ type }) => type === 'session.revoked');
  expect(JSON.parse(revoked?.body ?? '{}').data).toMatchObject({
    id: session.id,
    status: 'revoked',
    user: { banned: true },
  });
});

test('one changed byte of body, id, time or signature is refused by both verifiers', async () => {
  await createUser();
  await clerk.idle();
  const [webhook] = receiver.received as [Received];
  const { headers, body } = webhook;
  const changed: Received[] = [
    { ...webhook, body: body.replace('ada@', 'eda@') },
    { ...webhook, headers: { ...headers, 'svix-id': `${headers['svix-id']}x` } },
    { ...webhook, headers: { ...headers, 'svix-timestamp': String(Number(headers['svix-timestamp']) + 1) } },
    {
      ...webhook,
      headers: { ...headers, 'svix-signature': `v1,A${String(headers['svix-signature']).slice(4)}` },
    },
  ];
  for (const forged of changed) {
    await expect(verify(forged, clerk.webhookSecret)).rejects.toThrow();
    expect(() => verifyByStandard(forged, clerk.webhookSecret)).toThrow();
  }
});

test('a failed delivery is tried again on Svix’s schedule with the same id and body, then given up', async () => {
  receiver.answer = () => 503;
  await createUser();
  await clerk.idle();
  for (const [made, pause] of PAUSES.entries()) {
    expect(receiver.received).toHaveLength(made + 1);
    clerk.advance(pause - 1000);
    await clerk.idle();
    expect(receiver.received).toHaveLength(made + 1);
    clerk.advance(1000);
    await clerk.idle();
  }
  clerk.advance(100 * HOUR);
  await clerk.idle();
  expect(receiver.received).toHaveLength(8);
  expect(new Set(receiver.received.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
  const [delivery] = clerk.deliveries();
  expect(delivery).toMatchObject({ state: 'failed', dueAt: null });
  expect(delivery?.attempts).toHaveLength(8);
  expect(delivery?.attempts[0]).toMatchObject({
    reason: 'schedule',
    url: receiver.url,
    status: 503,
    answer: 'noted',
  });
  expect(delivery?.attempts[0]?.headers['svix-id']).toBe(delivery?.id);
});

test.each([301, 400, 500])('an answer of %i is a failure', async (status) => {
  receiver.answer = () => status;
  await createUser();
  await clerk.idle();
  expect(clerk.deliveries()[0]).toMatchObject({ state: 'pending', attempts: [{ status }] });
  receiver.answer = () => 204;
  clerk.advance(5 * SECOND);
  await clerk.idle();
  expect(clerk.deliveries()[0]).toMatchObject({
    state: 'delivered',
    attempts: [{ status }, { status: 204 }],
  });
});

test('a retry is signed anew: a receiver that keeps to its own clock accepts it', async () => {
  receiver.answer = () => 500;
  await createUser();
  await clerk.idle();
  receiver.answer = () => 200;
  clerk.advance(2 * HOUR);
  await clerk.idle();
  const last = receiver.received.at(-1) as Received;
  expect((await verify(last, clerk.webhookSecret)).type).toBe('user.created');
});

test('no answer within 15 s of the clock is a failure', async () => {
  receiver.answer = () => 'nothing';
  await createUser();
  await expect.poll(() => receiver.received.length).toBe(1);
  clerk.advance(15 * SECOND);
  await clerk.idle();
  expect(clerk.deliveries()[0]).toMatchObject({
    state: 'pending',
    attempts: [{ status: null, error: 'no answer within 15 s' }],
  });
});

test('an address where nobody listens is a failure that says so', async () => {
  await receiver.close();
  await createUser();
  await clerk.idle();
  expect(clerk.deliveries()[0]).toMatchObject({
    state: 'pending',
    attempts: [{ status: null, error: expect.stringContaining('ECONNREFUSED') }],
  });
});

test('without an address events are recorded and not sent; each can be sent later', async () => {
  clerk.webhookUrl = undefined;
  await createUser();
  await clerk.idle();
  const [unsent] = clerk.deliveries();
  expect(unsent).toMatchObject({ state: 'unsent', attempts: [] });
  await expect(clerk.resend(unsent?.id ?? '')).rejects.toThrow(/webhookUrl must be included/);
  clerk.webhookUrl = receiver.url;
  await clerk.idle();
  expect(receiver.received).toEqual([]);
  expect(await clerk.resend(unsent?.id ?? '')).toMatchObject({
    state: 'delivered',
    attempts: [{ reason: 'manual' }],
  });
  expect(receiver.received).toHaveLength(1);
});

test('a delivered message can be sent again, as it was', async () => {
  await createUser();
  await clerk.idle();
  const [delivery] = clerk.deliveries();
  await clerk.resend(delivery?.id ?? '');
  const [first, again] = receiver.received as [Received, Received];
  expect([again.id, again.body]).toEqual([first.id, first.body]);
  await expect(clerk.resend('msg_gone')).rejects.toThrow(/No delivery was found/);
});

test('a rotated secret signs beside the old one until that is dropped', async () => {
  const old = clerk.webhookSecret;
  const fresh = clerk.rotateWebhookSecret();
  expect(clerk.webhookSecret).toBe(fresh);
  await createUser();
  await clerk.idle();
  const both = receiver.received.at(-1) as Received;
  await verify(both, old);
  await verify(both, fresh);
  clerk.dropOldWebhookSecrets();
  await client.users.createUser({ username: 'second_one' });
  await clerk.idle();
  const one = receiver.received.at(-1) as Received;
  await verify(one, fresh);
  await expect(verify(one, old)).rejects.toThrow();
});

test('two changes of a user within one millisecond are told apart by updated_at', async () => {
  const user = await createUser();
  await Promise.all([1, 2, 3].map((n) => client.users.updateUser(user.id, { firstName: `Name ${n}` })));
  await clerk.idle();
  const times = receiver.received.map(
    ({ body }) => (JSON.parse(body) as { data: { updated_at: number } }).data.updated_at,
  );
  expect(new Set(times).size).toBe(4);
});

test('deliveries are listed in pages, the newest first', async () => {
  for (const name of ['first_one', 'second_one', 'third_one'])
    await client.users.createUser({ username: name });
  await clerk.idle();
  const names = (page?: { limit?: number; before?: string }) =>
    clerk
      .deliveries(page)
      .map(({ body }) => (JSON.parse(body) as { data: { username: string } }).data.username);
  expect(names()).toEqual(['third_one', 'second_one', 'first_one']);
  const [newest] = clerk.deliveries({ limit: 1 });
  expect(names({ before: newest?.id ?? '' })).toEqual(['second_one', 'first_one']);
});
