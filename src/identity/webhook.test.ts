import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createForwarder } from './forward.ts';
import { createInngest } from './inngest-client.ts';
import type { Ledger, ReceivedEvent } from './ledger.ts';
import { createWebhook } from './webhook.ts';

const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const SECOND = `whsec_${Buffer.alloc(24, 2).toString('base64')}`;
const NOW = Date.parse('2026-01-01T12:00:00Z');
const log = pino({ level: 'silent' });

interface Sent {
  id: string;
  name: string;
  ts: number;
  data: Record<string, unknown>;
}

/** What stands for Inngest's event API: it can be told how to answer. */
let answerOf: (events: Sent[]) => number;
let requests: Sent[][];
let received: ReceivedEvent[][];
let ledgerAnswers: () => Promise<void>;
let servers: Server[];
let address: string;

beforeEach(async () => {
  answerOf = () => 200;
  ledgerAnswers = async () => {};
  requests = [];
  received = [];
  servers = [];
  const inngestAddress = await listen(
    createServer(async (req, res) => {
      const events = JSON.parse(Buffer.concat(await req.toArray()).toString()) as Sent[];
      requests.push(events);
      const status = answerOf(events);
      if (status === 0) return;
      res.writeHead(status, { 'content-type': 'application/json' });
      const outcome = status === 200 ? { ids: events.map(({ id }) => id) } : { error: 'no' };
      res.end(JSON.stringify({ status, ...outcome }));
    }),
  );
  const inngest = createInngest({
    env: { inngest: { dev: inngestAddress, eventKey: 'key', signingKey: undefined, baseUrl: undefined } },
    log,
  });
  const ledger = {
    receive(events: ReceivedEvent[]) {
      received.push(events);
      return ledgerAnswers();
    },
  } as Ledger;
  const now = () => NOW;
  const forward = createForwarder({ inngest, ledger, now, log, sendMs: 2500 });
  const app = express();
  app.post('/api/webhooks/clerk', createWebhook({ secrets: [SECRET, SECOND], forward, now, log }));
  address = await listen(createServer(app));
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Delivery {
  id?: string;
  secret?: string;
  headers?: Record<string, string>;
}

async function deliver(event: unknown, { id = 'msg_1', secret = SECRET, headers = {} }: Delivery = {}) {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const response = await fetch(`${address}/api/webhooks/clerk`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'svix-id': id,
      'svix-timestamp': String(NOW / 1000),
      'svix-signature': new Webhook(secret).sign(id, new Date(NOW), body),
      ...headers,
    },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const user = {
  id: 'user_1',
  object: 'user',
  first_name: 'Ada',
  phone_numbers: [],
  private_metadata: { note: 'secret' },
  unsafe_metadata: { note: 'unchecked' },
  created_at: 1,
  updated_at: 2,
};
const created = { object: 'event', type: 'user.created', timestamp: NOW - 5, data: user };

describe('A16 a verified event', () => {
  test('goes to Inngest under its svix-id, with its data but for private and unsafe metadata', async () => {
    expect(await deliver(created)).toEqual({ status: 200, body: { received: true } });
    const { private_metadata: _, unsafe_metadata: __, ...data } = user;
    expect(requests).toEqual([[{ id: 'msg_1', name: 'clerk.user.created', ts: NOW - 5, data }]]);
  });

  test('is in the ledger with what the mirror needs, and no more', async () => {
    await deliver(created);
    expect(received).toHaveLength(1);
    expect(received[0]?.[0]).toMatchObject({ svixId: 'msg_1', type: 'user.created', clerkId: 'user_1' });
    expect(JSON.stringify(received[0]?.[0]?.payload)).not.toMatch(/phone|private|unsafe/);
  });

  test('of a type that nobody here handles goes on too, however deep its private metadata', async () => {
    const data = { id: 'org_1', private_metadata: {}, parts: [{ private_metadata: { a: 1 }, name: 'x' }] };
    expect((await deliver({ type: 'organization.created', timestamp: NOW, data })).status).toBe(200);
    const sent = { id: 'org_1', parts: [{ name: 'x' }] };
    expect(requests[0]?.[0]).toMatchObject({ name: 'clerk.organization.created', data: sent });
    expect(received[0]?.[0]?.payload).toBeUndefined();
  });

  test('of a session goes without the user and his whereabouts', async () => {
    const data = { id: 'sess_1', user_id: 'user_1', user, latest_activity: { ip_address: '192.0.2.1' } };
    await deliver({ type: 'session.ended', timestamp: NOW, data });
    expect(requests[0]?.[0]?.data).toEqual({ id: 'sess_1', user_id: 'user_1' });
  });

  test('may have its time in seconds, in the future, or not at all: the run is never put off', async () => {
    const times = [NOW / 1000 - 60, NOW + 60_000, undefined];
    for (const [index, timestamp] of times.entries())
      await deliver({ ...created, timestamp }, { id: `msg_${index}` });
    expect(requests.flat().map(({ ts }) => ts)).toEqual([NOW - 60_000, NOW, NOW]);
  });

  test('may be signed with either secret, as during a rotation', async () => {
    expect((await deliver(created, { secret: SECOND })).status).toBe(200);
  });
});

describe('B2 a delivery that is not right', () => {
  test('with another signature is refused, and goes nowhere', async () => {
    const answer = await deliver(created, { secret: `whsec_${Buffer.alloc(24, 9).toString('base64')}` });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: 'Invalid signature', code: 'invalid_signature' });
    expect([requests, received]).toEqual([[], []]);
  });

  test.each([
    ['no JSON', '{"type":', 400, 'invalid_json'],
    ['an empty body', '', 400, 'invalid_json'],
    ['no data', { type: 'user.created' }, 400, 'invalid_request'],
    ['no type', { data: {} }, 400, 'invalid_request'],
    ['a type that is no name', { type: 'user created', data: {} }, 400, 'invalid_request'],
    ['a user without an id', { type: 'user.created', data: { updated_at: 1 } }, 400, 'invalid_request'],
    ['null', 'null', 400, 'invalid_request'],
    ['a list', '[]', 400, 'invalid_request'],
    ['over 1 MB', `"${'x'.repeat(1024 * 1024)}"`, 413, 'body_too_large'],
  ])('but signed, with %s, is refused by name', async (_, event, status, code) => {
    const answer = await deliver(event);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, error: expect.any(String) });
    expect(requests).toEqual([]);
  });

  test('a compressed body is refused: the signature is over what was sent', async () => {
    expect(await deliver(created, { headers: { 'content-encoding': 'gzip' } })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    });
  });
});

describe('where Inngest or the ledger fail', () => {
  test('A16 Inngest’s failure is answered 500, so that the sender delivers again', async () => {
    answerOf = () => 500;
    expect(await deliver(created)).toMatchObject({
      status: 500,
      body: { error: 'Inngest error', code: 'inngest_error' },
    });
  });

  test('an Inngest that takes the connection and says nothing is given up', async () => {
    answerOf = () => 0;
    const from = performance.now();
    expect((await deliver(created)).status).toBe(500);
    expect(performance.now() - from).toBeLessThan(5000);
  });

  test('a ledger that fails, or says nothing, does not keep the event from Inngest', async () => {
    ledgerAnswers = () => Promise.reject(new Error('down'));
    expect((await deliver(created)).status).toBe(200);
    ledgerAnswers = () => new Promise(() => {});
    expect((await deliver(created, { id: 'msg_2' })).status).toBe(200);
    expect(requests.flat()).toHaveLength(2);
  });

  test('deliveries that come together share one send, and each has its own outcome', async () => {
    answerOf = (events) => (events.some(({ id }) => id === 'msg_7') ? 400 : 200);
    const ids = Array.from({ length: 20 }, (_, index) => `msg_${index}`);
    const answers = await Promise.all(ids.map((id) => deliver(created, { id })));
    expect(answers.map(({ status }) => status)).toEqual(ids.map((id) => (id === 'msg_7' ? 500 : 200)));
    expect(received.length).toBeLessThan(20);
    expect(new Set(received.flat().map(({ svixId }) => svixId)).size).toBe(20);
  });
});
