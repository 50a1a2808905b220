import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startDatabase, type TestDatabase } from '../../test/support/database.ts';
import { userOf } from '../../test/support/guarded-app.ts';
import { HttpError } from '../http/errors.ts';
import type { Profile } from '../identity/mirror.ts';
import { userModel } from '../identity/user-model.ts';
import { unlessLastAdmin } from './last-admin.ts';
import { takeLease } from './lease.ts';
import { leaseModel } from './lease-model.ts';

let database: TestDatabase;
/** What Clerk says: it has the last word. */
let clerk: Map<string, Pick<Profile, 'role' | 'status'>>;
let at: number;
const now = () => at;

beforeAll(async () => {
  database = await startDatabase((connection) => {
    userModel(connection);
    leaseModel(connection);
  });
});
beforeEach(async () => {
  at = Date.now();
  clerk = new Map();
  await userModel(database.connection).deleteMany({});
  await leaseModel(database.connection).deleteMany({});
});
afterAll(() => database?.stop());

async function admin(clerkId: string, there: Partial<Profile> = {}): Promise<void> {
  await userModel(database.connection).create(userOf({ clerkId, role: 'admin' }));
  clerk.set(clerkId, { role: 'admin', status: 'active', ...there });
}

const accounts = {
  async get(clerkId: string) {
    const user = clerk.get(clerkId);
    if (user === undefined) throw new HttpError('user_not_found');
    return user as Profile;
  },
};

/** A demotion, as another process would do it: on a connection of its own. */
async function demote(clerkId: string): Promise<'done' | string> {
  const connection = await database.connect();
  try {
    await unlessLastAdmin(clerkId, { connection, accounts, now }, async () => {
      clerk.set(clerkId, { role: 'user', status: 'active' });
    });
    return 'done';
  } catch (error) {
    return (error as HttpError).code;
  }
}

test('of five administrators who are demoted by five processes at once, one stays', async () => {
  const ids = ['user_1', 'user_2', 'user_3', 'user_4', 'user_5'];
  for (const id of ids) await admin(id);
  const results = await Promise.all(ids.map(demote));
  expect(results.sort()).toEqual(['done', 'done', 'done', 'done', 'last_admin']);
  expect([...clerk.values()].filter(({ role }) => role === 'admin')).toHaveLength(1);
});

test('who is one in MongoDB alone does not count: Clerk has the last word', async () => {
  await admin('user_1');
  await admin('user_2', { role: 'user' });
  await admin('user_3', { status: 'banned' });
  await admin('user_4');
  clerk.delete('user_4');
  expect(await demote('user_1')).toBe('last_admin');
});

test('where Clerk did not answer to the change nobody else goes, until it can no longer come', async () => {
  await admin('user_1');
  await admin('user_2');
  const { connection } = database;
  const lost = unlessLastAdmin('user_1', { connection, accounts, now }, async () => {
    throw new HttpError('clerk_unavailable');
  });
  await expect(lost).rejects.toMatchObject({ code: 'clerk_unavailable' });
  const held = await takeLease('admins', { connection, leaseMs: 30_000, waitMs: 0, now });
  expect(held).toBeNull();
  at += 30_000;
  expect(await demote('user_2')).toBe('done');
});

test('where Clerk could not even be asked who else there is, nothing stays blocked', async () => {
  await admin('user_1');
  await admin('user_2');
  const { connection } = database;
  const away = {
    async get(): Promise<Profile> {
      throw new HttpError('clerk_unavailable');
    },
  };
  const asked = unlessLastAdmin('user_1', { connection, accounts: away, now }, async () => {});
  await expect(asked).rejects.toMatchObject({ code: 'clerk_unavailable' });
  expect(await demote('user_2')).toBe('done');
});

test('a lease that ended is nobody’s to give back any more', async () => {
  const options = { connection: database.connection, leaseMs: 1000, waitMs: 0, now };
  const first = await takeLease('work', options);
  at += 1000;
  const second = await takeLease('work', options);
  await first?.release();
  expect(await takeLease('work', options)).toBeNull();
  await second?.release();
  expect(await takeLease('work', options)).not.toBeNull();
});
