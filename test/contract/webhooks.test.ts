import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasWebhookExamples, webhookExamples } from '../support/clerk-descriptions.ts';
import { call, signUp } from '../support/people.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let admin: string;
beforeAll(async () => {
  stack = await startStack();
  admin = await (await signUp(stack, { role: 'admin' })).token();
});
afterAll(() => stack?.stop());

let serial = 0;
interface Delivery {
  id?: string;
  sentAt?: Date;
  secret?: string;
  /** Changes the body after it was signed. */
  tamper?: (body: string) => string;
}

/** Delivers an event, signed by an official library. */
async function deliver(event: unknown, delivery: Delivery = {}) {
  const {
    id = `msg_${++serial}`,
    sentAt = new Date(),
    secret = stack.clerk.webhookSecret,
    tamper,
  } = delivery;
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const signature = new Webhook(secret).sign(id, sentAt, body);
  return call(stack.api, 'POST /api/webhooks/clerk', {
    body: tamper ? tamper(body) : body,
    headers: {
      'content-type': 'application/json',
      'svix-id': id,
      'svix-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'svix-signature': signature,
    },
  });
}

/** A user as Clerk's events carry him. */
function userData(id: string, changes: Record<string, unknown> = {}) {
  return {
    object: 'user',
    id,
    first_name: 'Grace',
    last_name: 'Hopper',
    image_url: 'https://img.clerk.com/grace',
    primary_email_address_id: 'idn_2',
    email_addresses: [
      { id: 'idn_1', email_address: `old-${id}@shop.example`, verification: { status: 'verified' } },
      { id: 'idn_2', email_address: `${id}@shop.example`, verification: { status: 'verified' } },
    ],
    public_metadata: {},
    private_metadata: { diagnosis: 'nobody’s business' },
    unsafe_metadata: {},
    banned: false,
    locked: false,
    created_at: 1_700_000_000_000,
    updated_at: 1_700_000_000_000,
    ...changes,
  };
}

const envelope = (type: string, data: unknown) => ({
  object: 'event',
  type,
  data,
  timestamp: Date.now(),
  instance_id: 'ins_test',
});

/** The users as the mirror has them. */
async function mirrored(clerkId: string, { deleted = false } = {}) {
  const { body } = await call<{ items: Record<string, unknown>[] }>(
    stack.api,
    `GET /api/admin/users?query=${clerkId}${deleted ? '&status=deleted' : ''}`,
    {
      token: admin,
    },
  );
  return body.items;
}

const welcomesTo = (address: string) =>
  stack.inbox.mails.filter(({ to }) => JSON.stringify(to).includes(address)).length;

test('A16 A17 A18 B6 B9 a verified event reaches the mirror, and one welcome e-mail the primary address', async () => {
  const answer = await deliver(envelope('user.created', userData('user_grace')));
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ received: true });
  await stack.inngest.idle();
  expect(await mirrored('user_grace')).toMatchObject([
    { clerkId: 'user_grace', name: 'Grace Hopper', email: 'user_grace@shop.example' },
  ]);
  expect(welcomesTo('user_grace@shop.example')).toBe(1);
});

test('B2 a wrong, a missing, an old and a future signature are refused, and nothing is forwarded', async () => {
  const event = envelope('user.created', userData('user_forged'));
  const other = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
  const minutes = (count: number) => new Date(Date.now() + count * 60_000);
  const refused = [
    await deliver(event, { secret: other }),
    await deliver(event, { tamper: (body) => body.replace('Grace', 'Gracf') }),
    await deliver(event, { tamper: (body) => `${body} ` }),
    await deliver(event, { sentAt: minutes(-6) }),
    await deliver(event, { sentAt: minutes(6) }),
    await call(stack.api, 'POST /api/webhooks/clerk', { body: event }),
  ];
  for (const { status, body } of refused) {
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: 'Invalid signature', code: 'invalid_signature' });
  }
  await stack.inngest.idle();
  expect(await mirrored('user_forged')).toEqual([]);
});

test('B2 the signature is over the raw bytes: however the JSON is written, it is taken as it came', async () => {
  const event = envelope('user.created', userData('user_pretty', { first_name: 'Zoë' }));
  const pretty = JSON.stringify(event, null, 4).replace('Zoë', 'Zo\\u00eb');
  expect((await deliver(pretty)).status).toBe(200);
  await stack.inngest.idle();
  expect(await mirrored('user_pretty')).toMatchObject([{ name: 'Zoë Hopper' }]);
});

test('B3 an event that comes twice, and ten times at once, has the effect of once', async () => {
  const event = envelope('user.created', userData('user_often'));
  const answers = await Promise.all(Array.from({ length: 10 }, () => deliver(event, { id: 'msg_often' })));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
  expect((await deliver(event, { id: 'msg_often' })).status).toBe(200);
  expect((await deliver(event)).status).toBe(200);
  await stack.inngest.idle();
  expect(await mirrored('user_often')).toHaveLength(1);
  expect(welcomesTo('user_often@shop.example')).toBe(1);
});

test('B4 B8 events in any order end in the same state, and a late created does not bring a deleted user back', async () => {
  const at = (ms: number, changes: Record<string, unknown>) => ({
    updated_at: 1_700_000_000_000 + ms,
    ...changes,
  });
  const created = (id: string) => envelope('user.created', userData(id));
  const renamed = (id: string) => envelope('user.updated', userData(id, at(5000, { first_name: 'Admiral' })));
  const deleted = (id: string) => envelope('user.deleted', { object: 'user', id, deleted: true });
  for (const event of [renamed('user_late'), created('user_late')]) await deliver(event);
  for (const event of [deleted('user_back'), renamed('user_back'), created('user_back')]) {
    await deliver(event);
    await stack.inngest.idle();
  }
  await stack.inngest.idle();
  expect(await mirrored('user_late')).toMatchObject([{ name: 'Admiral Hopper', status: 'active' }]);
  const [tombstone] = await mirrored('user_back', { deleted: true });
  expect(tombstone).toMatchObject({ status: 'deleted', email: null });
  expect(JSON.stringify(tombstone)).not.toMatch(/Hopper|Grace|Admiral|shop\.example/);
});

test('B6 B7 a user without an address or a name is stored as Usuario, without mail', async () => {
  const before = stack.inbox.mails.length;
  const bare = { email_addresses: [], primary_email_address_id: null, first_name: null, last_name: ' ' };
  await deliver(envelope('user.created', userData('user_passkey', bare)));
  await stack.inngest.idle();
  expect(await mirrored('user_passkey')).toMatchObject([{ name: 'Usuario', email: null }]);
  expect(stack.inbox.mails).toHaveLength(before);
});

test('B15 two users may have one address', async () => {
  const shared = [
    { id: 'idn_2', email_address: 'shared@shop.example', verification: { status: 'verified' } },
  ];
  for (const id of ['user_twin1', 'user_twin2']) {
    await deliver(envelope('user.created', userData(id, { email_addresses: shared })));
  }
  await stack.inngest.idle();
  expect(await mirrored('user_twin1')).toHaveLength(1);
  expect(await mirrored('user_twin2')).toHaveLength(1);
});

test('private metadata goes nowhere: not to Inngest, not to the database, not to the log', async () => {
  await deliver(envelope('user.created', userData('user_private')));
  await stack.inngest.idle();
  const events = await (await fetch(`${stack.inngest.url}/v1/events?limit=100`)).text();
  expect(events).toContain('user_private');
  expect(events).not.toMatch(/diagnosis|nobody’s business/);
  expect(stack.log.join()).not.toMatch(/diagnosis|user_private@/);
});

describe.skipIf(!hasWebhookExamples)('Clerk’s published examples', () => {
  test('A16 every published event is taken', async () => {
    const examples = webhookExamples();
    expect(examples.size).toBeGreaterThan(20);
    for (const [type, example] of examples) {
      const answer = await deliver(example);
      expect({ type, status: answer.status }).toEqual({ type, status: 200 });
    }
    await stack.inngest.idle();
  });
});
