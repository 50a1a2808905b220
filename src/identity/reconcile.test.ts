import { createClerkClient } from '@clerk/backend';
import { type ClerkEmulator, startClerkEmulator } from '@frontdesk/clerk-emulator';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDatabase, type TestDatabase } from '../../test/support/database.ts';
import type { Env } from '../config/env.ts';
import { type ClerkPages, createClerkPages } from './clerk-pages.ts';
import { createClerkUsers } from './clerk-users.ts';
import { createEraseUser } from './erase-user.ts';
import { createLedger } from './ledger.ts';
import { ledgerModel } from './ledger-model.ts';
import { createMendUser } from './mend-user.ts';
import { createReconcile } from './reconcile.ts';
import { HELP, syncCommand } from './sync-command.ts';
import { createSyncRuns, syncRunModel } from './sync-run.ts';
import { userModel } from './user-model.ts';
import { createUserStore } from './user-store.ts';

const log = pino({ level: 'silent' });
let database: TestDatabase;
let clerk: ClerkEmulator;
let client: ReturnType<typeof createClerkClient>;
beforeAll(async () => {
  database = await startDatabase((connection) => {
    for (const model of [userModel, ledgerModel, syncRunModel]) model(connection);
  });
  clerk = await startClerkEmulator();
  client = createClerkClient({ ...clerk, telemetry: { disabled: true } });
});
afterAll(async () => {
  await clerk?.stop();
  await database?.stop();
});
beforeEach(async () => {
  await clerk.reset();
  clerk.clearFaults();
  for (const model of Object.values(database.connection.models)) await model.deleteMany({});
});

interface Surroundings {
  aroundPage?: () => Promise<void>;
  isInterrupted?: () => boolean;
}

/** The command as it is run, with pages of five; `aroundPage` is called ahead of each. */
function setUp({ aroundPage = async () => {}, isInterrupted = () => false }: Surroundings = {}) {
  const { connection } = database;
  const users = userModel(connection);
  const now = Date.now;
  const store = createUserStore({ users, onChange() {}, now });
  const ledger = createLedger({ events: ledgerModel(connection), now });
  const erased: string[] = [];
  const eraseUser = createEraseUser({ store, ledger, erasers: [async (id) => void erased.push(id)] });
  const env = { clerk: { apiUrl: clerk.apiUrl, secretKey: clerk.secretKey } as Env['clerk'] };
  const listed = createClerkPages(env, { size: 5, calls: 10_000 });
  const pages: ClerkPages = {
    ...listed,
    async after(ids) {
      await aroundPage();
      return listed.after(ids);
    },
  };
  const reconcile = createReconcile({ pages, store, users, eraseUser, now, log });
  const runs = createSyncRuns({ runs: syncRunModel(connection), reconcile, now });
  const mendUser = createMendUser({ clerkUsers: createClerkUsers(client), store, eraseUser, now });
  const run = async (...args: string[]) => {
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    const parts = { pages, reconcile, runs, mendUser, now, draw: undefined, isInterrupted };
    return { code: await syncCommand(args, write, async () => parts), text };
  };
  return { run, store, users, erased, runs };
}

const create = (firstName: string) =>
  client.users.createUser({ firstName, emailAddress: [`${firstName}@shop.example`] });
async function createMany(count: number) {
  const made = [];
  for (let index = 0; index < count; index++) made.push(await create(`user${index}`));
  return made;
}
const names = async () => {
  const active = await userModel(database.connection).find({ status: 'active' }).lean();
  return active.map(({ name }) => name).sort();
};

describe('npm run sync', () => {
  test('fills an empty mirror, mails nobody, and finds nothing to do the second time', async () => {
    await createMany(12);
    const { run, users } = setUp();
    const first = await run();
    expect(first).toMatchObject({ code: 0 });
    expect(first.text).toContain('Compared 12 users');
    expect(first.text).toContain('Before: 12 missing here, 0 different, 0 gone from Clerk.');
    expect(first.text).toContain('After:  no drift.');
    expect(await users.countDocuments({ 'sync.welcomeDueAt': null, 'sync.welcomedAt': null })).toBe(12);
    const second = await run();
    expect(second).toMatchObject({ code: 0 });
    expect(second.text).toContain('Before: no drift.');
  });

  test('mends who is missing, different, or gone; --dry-run only says so', async () => {
    const [first, second, third] = await createMany(11);
    const { run, users, erased } = setUp();
    await run();
    await users.deleteOne({ clerkId: first?.id ?? '' });
    await users.updateOne({ clerkId: second?.id ?? '' }, { name: 'Somebody', 'sync.version.updatedAt': 1 });
    await client.users.deleteUser(third?.id ?? '');
    const drift = '1 missing here, 1 different, 1 gone from Clerk';
    const dry = await run('--dry-run');
    expect(dry.code).toBe(1);
    expect(dry.text).toContain(drift);
    expect(await users.findOne({ clerkId: first?.id ?? '' })).toBeNull();
    const real = await run();
    expect(real).toMatchObject({ code: 0 });
    expect(real.text).toContain(`Before: ${drift}.`);
    expect(await users.findOne({ clerkId: second?.id ?? '' })).toMatchObject({ name: 'user1' });
    expect(await users.findOne({ clerkId: third?.id ?? '' })).toMatchObject({
      status: 'deleted',
      email: null,
    });
    expect(erased).toEqual([third?.id]);
    expect(await names()).toHaveLength(10);
  });

  test('skips nobody when others are deleted and made between two pages, the last of a page among them', async () => {
    const made = await createMany(20);
    let page = 0;
    const { run } = setUp({
      async aroundPage() {
        page += 1;
        if (page === 2) {
          // Of the first page, the very user who is the cursor too.
          for (const { id } of [...made.slice(0, 2), ...made.slice(4, 5)]) await client.users.deleteUser(id);
          await create('late');
        }
      },
    });
    await run();
    const expected = ['late', ...made.slice(5).map((_, index) => `user${index + 5}`)];
    expect(await names()).toEqual(expect.arrayContaining(expected));
  });

  test('goes on where it was interrupted; --restart begins anew', async () => {
    await createMany(12);
    let pagesDone = 0;
    const first = setUp({
      aroundPage: async () => {
        pagesDone += 1;
      },
      isInterrupted: () => pagesDone === 2,
    });
    const stopped = await first.run();
    expect(stopped).toMatchObject({ code: 130 });
    expect(stopped.text).toContain('goes on from here');
    expect(await names()).toHaveLength(10);
    let pagesLeft = 0;
    const second = setUp({
      aroundPage: async () => {
        pagesLeft += 1;
      },
    });
    const rest = await second.run();
    expect(rest.text).toContain('Going on after 10 users.');
    expect(rest.text).toContain('Before: 12 missing here');
    expect(pagesLeft).toBe(1);
    await second.run('--restart');
    expect(pagesLeft).toBe(4);
  });

  test('erases nobody when too many are gone to be true, unless that is confirmed', async () => {
    const made = await createMany(15);
    const { run, users, erased } = setUp();
    await run();
    for (const { id } of made) await client.users.deleteUser(id);
    const refused = await run();
    expect(refused.code).toBe(1);
    expect(refused.text).toContain('too many to be true');
    expect(await users.countDocuments({ status: 'active' })).toBe(15);
    const confirmed = await run('--confirm-deletions');
    expect(confirmed.code).toBe(0);
    expect(await users.countDocuments({ status: 'active' })).toBe(0);
    expect(erased).toHaveLength(15);
  });

  test('takes no error of Clerk’s for an answer: nobody is gone because a question failed', async () => {
    const made = await createMany(3);
    const { run, users } = setUp();
    await run();
    await client.users.deleteUser(made[0]?.id ?? '');
    // The page is answered, and the question about who is missing in it is not.
    clerk.failApi({ method: 'GET', path: '/v1/users/count', times: 1, status: 422 });
    await expect(run()).rejects.toThrow('Clerk cannot be asked');
    expect(await users.countDocuments({ status: 'active' })).toBe(3);
  });

  test('B4 leaves a user deleted who was deleted here, and says so', async () => {
    const [user] = await createMany(1);
    const { run, store } = setUp();
    const version = { updatedAt: 1, timestamp: 1, svixId: 'msg_1' };
    await store.apply({ kind: 'deleted', clerkId: user?.id ?? '', version });
    const { code, text } = await run();
    expect(code).toBe(1);
    expect(text).toContain('1 deleted here and still in Clerk');
    expect(await store.read(user?.id ?? '')).toMatchObject({ status: 'deleted' });
  });

  test('does not overwrite what a webhook brought after Clerk was asked', async () => {
    const [user] = await createMany(1);
    const { run, store, users } = setUp();
    await run();
    const current = await store.read(user?.id ?? '');
    const later = { updatedAt: Date.now() + 60_000, timestamp: Date.now() + 60_000, svixId: 'msg_later' };
    if (current) {
      const profile = { ...current, name: 'Later', updatedAt: new Date(later.updatedAt) };
      await store.apply({
        kind: 'profile',
        clerkId: current.clerkId,
        profile,
        version: later,
        welcome: false,
      });
    }
    expect(await run()).toMatchObject({ code: 0 });
    expect(await users.findOne({ clerkId: user?.id ?? '' })).toMatchObject({ name: 'Later' });
  });

  test('waits as Retry-After says, and finishes', async () => {
    await createMany(7);
    const { run } = setUp();
    clerk.failApi({ method: 'GET', path: '/v1/users', times: 2, status: 429, retryAfterSeconds: 1 });
    const from = performance.now();
    expect(await run()).toMatchObject({ code: 0 });
    expect(performance.now() - from).toBeGreaterThan(1900);
    expect(await names()).toHaveLength(7);
  });

  test('--user brings one user in line, and says what was wrong', async () => {
    const [user] = await createMany(1);
    const id = user?.id ?? '';
    const { run, users } = setUp();
    expect(await run('--user', id, '--dry-run')).toEqual({ code: 0, text: `${id}: was missing here.\n` });
    expect(await names()).toEqual([]);
    expect((await run('--user', id)).text).toContain('was missing here');
    expect((await run('--user', id)).text).toContain('is the same');
    await users.updateOne({ clerkId: id }, { name: 'Somebody', 'sync.version.updatedAt': 1 });
    expect((await run('--user', id)).text).toContain('was different');
    await client.users.deleteUser(id);
    expect((await run('--user', id)).text).toContain('is gone from Clerk');
    expect(await run('--user', 'user_nobody')).toMatchObject({
      code: 1,
      text: expect.stringContaining('neither'),
    });
  });

  test('explains itself, and a bad flag', async () => {
    const { run } = setUp();
    expect(await run('--help')).toEqual({ code: 0, text: HELP });
    const bad = await run('--nonsense');
    expect(bad.code).toBe(2);
    expect(bad.text).toContain('--nonsense');
  });
});
