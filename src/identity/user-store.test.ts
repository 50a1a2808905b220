import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDatabase, type TestDatabase } from '../../test/support/database.ts';
import type { MirrorEvent } from './mirror.ts';
import { userModel } from './user-model.ts';
import { createUserStore, type UserStore } from './user-store.ts';

let database: TestDatabase;
let store: UserStore;
let changed: string[];
beforeAll(async () => {
  database = await startDatabase((connection) => void userModel(connection));
});
afterAll(() => database?.stop());
beforeEach(async () => {
  await userModel(database.connection).deleteMany({});
  changed = [];
  store = storeOn(database.connection);
});

const storeOn = (connection: TestDatabase['connection']) =>
  createUserStore({ users: userModel(connection), onChange: (id) => changed.push(id), now: () => 1000 });

const profile = {
  email: 'ada@shop.example',
  emailVerified: true,
  name: 'Ada',
  imageUrl: 'https://img.clerk.com/1',
  role: 'user',
  status: 'active',
  createdAt: new Date(1),
  updatedAt: new Date(1),
} as const;
const event = (clerkId: string, updatedAt: number, changes: object = {}): MirrorEvent => ({
  kind: 'profile',
  clerkId,
  profile: { ...profile, updatedAt: new Date(updatedAt), ...changes },
  version: { updatedAt, timestamp: updatedAt, svixId: `msg_${updatedAt}` },
  welcome: false,
});
const deletion = (clerkId: string): MirrorEvent => ({
  kind: 'deleted',
  clerkId,
  version: { updatedAt: 99, timestamp: 99, svixId: 'msg_99' },
});

const address = { id: 'a1', label: 'home', city: 'London' };

describe('the store of the mirror', () => {
  test('A17 a new user has the fields of the document, an empty address and wishlist', async () => {
    expect(await store.apply(event('user_1', 1))).toMatchObject({ outcome: 'applied' });
    expect(await store.read('user_1')).toEqual({
      clerkId: 'user_1',
      ...profile,
      address: [],
      wishlist: [],
      sync: expect.objectContaining({
        revision: 1,
        version: { updatedAt: 1, timestamp: 1, svixId: 'msg_1' },
      }),
    });
    expect(await store.read('user_2')).toBeNull();
    expect(changed).toEqual(['user_1']);
  });

  test('B3 B4 fifty events of one user at once, from two processes, end as the latest says', async () => {
    const other = storeOn(await database.connect());
    const stores = [store, other];
    const events = Array.from({ length: 50 }, (_, index) =>
      event('user_1', (index * 37) % 50, { name: `n${index}` }),
    );
    await Promise.all(events.map((one, index) => stores[index % 2]?.apply(one)));
    const latest = events.find((one) => one.kind === 'profile' && one.version.updatedAt === 49);
    expect(await store.read('user_1')).toMatchObject(
      latest?.kind === 'profile' ? { name: latest.profile.name } : {},
    );
    expect(await userModel(database.connection).countDocuments()).toBe(1);
  });

  test('the mirror leaves the shop’s half alone, and a deletion takes it along', async () => {
    await store.apply(event('user_1', 1));
    const users = userModel(database.connection);
    await users.updateOne({ clerkId: 'user_1' }, { $push: { address, wishlist: 'p1' } });
    await store.apply(event('user_1', 2, { name: 'Grace' }));
    expect(await store.read('user_1')).toMatchObject({ name: 'Grace', address: [address], wishlist: ['p1'] });
    await store.apply(deletion('user_1'));
    expect(await store.read('user_1')).toMatchObject({
      status: 'deleted',
      email: null,
      address: [],
      wishlist: [],
    });
  });

  test('B15 two users may have one address', async () => {
    await store.apply(event('user_1', 1));
    await store.apply(event('user_2', 1));
    expect(await userModel(database.connection).countDocuments({ email: profile.email })).toBe(2);
  });

  test('many at once: new ones, changed ones, and those that somebody else changed meanwhile', async () => {
    await store.apply(event('user_1', 1));
    await store.apply(event('user_2', 1));
    const [one, two] = await Promise.all(['user_1', 'user_2'].map((id) => store.read(id)));
    await store.apply(event('user_2', 5, { name: 'Meanwhile' }));
    await store.apply(event('user_4', 9, { name: 'Quicker' }));
    await store.applyAll([
      { event: event('user_1', 2, { name: 'Changed' }), current: one ?? null },
      { event: event('user_2', 2, { name: 'Late' }), current: two ?? null },
      { event: event('user_3', 2, { name: 'New' }), current: null },
      { event: event('user_4', 2, { name: 'Late' }), current: null },
    ]);
    const names = await userModel(database.connection).find().sort({ clerkId: 1 }).lean();
    expect(names.map(({ name }) => name)).toEqual(['Changed', 'Meanwhile', 'New', 'Quicker']);
  });
});
