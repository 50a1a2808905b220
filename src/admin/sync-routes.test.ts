import mongoose, { type Connection } from 'mongoose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { type Answer, call, type Person, signUp } from '../../test/support/people.ts';
import { type Stack, startStack } from '../../test/support/stack.ts';
import { createLedger } from '../identity/ledger.ts';
import { ledgerModel } from '../identity/ledger-model.ts';
import type { syncEvent } from './sync-event.ts';
import type { syncHealth } from './sync-health.ts';

type SyncEvent = z.output<typeof syncEvent>;
type SyncHealth = z.output<typeof syncHealth>;

let stack: Stack;
let admin: Person;
let connection: Connection;
beforeAll(async () => {
  stack = await startStack();
  connection = await mongoose.createConnection(stack.mongodbUri).asPromise();
  admin = await signUp(stack, { role: 'admin' });
});
afterAll(async () => {
  await connection?.close();
  await stack?.stop();
});

const as = async <T>(request: `${string} /${string}`, body?: unknown): Promise<Answer<T>> =>
  call<T>(stack.api, request, { token: await admin.token(), body });

const health = async () => (await as<SyncHealth>('GET /api/admin/sync')).body;
const events = async (query: string) =>
  (await as<{ items: SyncEvent[] }>(`GET /api/admin/sync/events?${query}`)).body.items;

describe('the ledger', () => {
  test('lists events, the newest first, by user, type and status, and pages without a gap', async () => {
    const people = await Promise.all([signUp(stack), signUp(stack), signUp(stack)]);
    const all = async () => {
      const found = await events('type=user.created&limit=100');
      return found.filter(({ clerkId }) => people.some((person) => person.clerkId === clerkId));
    };
    await expect
      .poll(async () => (await all()).map(({ status }) => status))
      .toEqual(Array(3).fill('applied'));
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path =
        `/api/admin/sync/events?type=user.created&limit=1${cursor && `&cursor=${cursor}`}` as const;
      const page: Answer<{ items: SyncEvent[]; nextCursor: string | null }> = await as(`GET ${path}`);
      ids.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.nextCursor;
    }
    const found = await events('type=user.created&limit=100');
    expect(ids).toEqual(found.map(({ id }) => id));
    const times = found.map(({ receivedAt }) => receivedAt);
    expect(times).toEqual(times.toSorted().reverse());
    expect(JSON.stringify(found)).not.toContain('@shop.example');
  });

  test.each(['abc', '1.', '99999999999999999.x', '1.$gt'])('a cursor %j is refused', async (cursor) => {
    const { status } = await as(`GET /api/admin/sync/events?cursor=${encodeURIComponent(cursor)}`);
    expect(status).toBe(400);
  });
});

describe('dead letters', () => {
  /** Somebody whose last change became a dead letter: as it is when MongoDB is away for longer than the retries. */
  async function deadLetter(): Promise<{ id: string; person: Person; name(): Promise<unknown> }> {
    const person = await signUp(stack);
    const name = async () => {
      const { body } = await as<{ items: { name: string }[] }>(
        `GET /api/admin/users?query=${person.clerkId}`,
      );
      return body.items[0]?.name;
    };
    await expect.poll(name).toBe('Ada Lovelace');
    stack.clerk.webhookUrl = undefined;
    const { raw } = await stack.clerkClient.users.updateUser(person.clerkId, { firstName: 'Augusta' });
    stack.clerk.webhookUrl = `${stack.api}/api/webhooks/clerk`;
    const id = `msg_dead_${person.clerkId}`;
    const payload = { ...raw } as Record<string, unknown>;
    await createLedger({ events: ledgerModel(connection), now: Date.now }).fail(
      { svixId: id, type: 'user.updated', clerkId: person.clerkId, timestamp: Date.now(), payload },
      'MongoServerSelectionError: no server for root@shop.example',
    );
    return { id, person, name };
  }

  test('make the mirror unhealthy, say why without an e-mail address, and are handled again one by one', async () => {
    const { id, name } = await deadLetter();
    expect(await health()).toMatchObject({ healthy: false, events: { failed: 1 } });
    expect(await events('status=failed')).toEqual([
      expect.objectContaining({ id, cause: 'MongoServerSelectionError: no server for [email]' }),
    ]);
    expect(await as(`POST /api/admin/sync/events/${id}/replay`)).toMatchObject({
      status: 202,
      body: { replayed: 1 },
    });
    await expect.poll(name).toBe('Augusta Lovelace');
    await expect.poll(async () => (await health()).healthy).toBe(true);
    // Handled now: there is nothing to replay.
    expect(await as(`POST /api/admin/sync/events/${id}/replay`)).toMatchObject({
      status: 404,
      body: { code: 'event_not_found' },
    });
  });

  test('are handled again by filter, and nobody is mailed by it', async () => {
    const [first, second] = [await deadLetter(), await deadLetter()];
    await stack.inngest.idle();
    const mails = stack.inbox.mails.length;
    const filter = { clerkId: first.person.clerkId };
    expect((await as('POST /api/admin/sync/events/replay', filter)).body).toEqual({ replayed: 1 });
    await expect.poll(first.name).toBe('Augusta Lovelace');
    expect(await second.name()).toBe('Ada Lovelace');
    expect((await as('POST /api/admin/sync/events/replay', {})).body).toEqual({ replayed: 1 });
    await expect.poll(second.name).toBe('Augusta Lovelace');
    await stack.inngest.idle();
    expect(stack.inbox.mails).toHaveLength(mails);
    expect((await as('POST /api/admin/sync/events/replay', { status: 'applied' })).status).toBe(400);
  });
});

describe('a reconciliation', () => {
  test('that an administrator asks for mends the drift, and the health shows what it was', async () => {
    const person = await signUp(stack);
    await expect
      .poll(async () => (await events(`type=user.created&clerkId=${person.clerkId}`))[0]?.status)
      .toBe('applied');
    stack.clerk.webhookUrl = undefined;
    await stack.clerkClient.users.updateUser(person.clerkId, { firstName: 'Augusta' });
    const missed = await stack.clerkClient.users.createUser({ emailAddress: ['missed@shop.example'] });
    stack.clerk.webhookUrl = `${stack.api}/api/webhooks/clerk`;

    expect(await as('POST /api/admin/sync/reconcile')).toMatchObject({
      status: 202,
      body: { requested: true },
    });
    const nightly = async () => (await health()).reconciliations.find(({ kind }) => kind === 'nightly');
    await expect
      .poll(async () => (await nightly())?.finishedAt, { timeout: 10_000 })
      .toEqual(expect.any(String));
    expect((await nightly())?.drift).toMatchObject({ missing: 1, different: 1, gone: 0 });
    const { body } = await as<{ items: unknown[] }>(`GET /api/admin/users?query=${missed.id}`);
    expect(body.items).toHaveLength(1);
  });
});
