import { beforeEach, expect, test } from 'vitest';
import { userOf } from '../../test/support/guarded-app.ts';
import { createDirectory } from './directory.ts';

const queries: string[][] = [];
let time = 0;
beforeEach(() => {
  queries.length = 0;
  time = 0;
});

function directory(cacheMs = 1000) {
  return createDirectory({
    store: {
      async readMany(clerkIds) {
        queries.push(clerkIds.toSorted());
        return new Map(clerkIds.map((clerkId) => [clerkId, userOf({ clerkId, updatedAt: new Date(time) })]));
      },
    },
    provision: async () => null,
    cacheMs,
    now: () => time,
  });
}

test('a user is known for as long as the cache may hold him, from when the read began, and not a moment longer', async () => {
  const { known, find } = directory();
  expect(known('ada')).toBeUndefined();
  const reading = find('ada');
  expect(known('ada')).toBeUndefined();
  time = 10;
  expect(known('ada')).toBeUndefined();
  const ada = await reading;
  time = 999;
  expect(known('ada')).toBe(ada);
  expect(await find('ada')).toBe(ada);
  time = 1000;
  expect(known('ada')).toBeUndefined();
  expect(await find('ada')).toMatchObject({ updatedAt: new Date(1000) });
  expect(queries).toEqual([['ada'], ['ada']]);
});

test('those in use are read again with the first who is out of date; who is not in use is not read', async () => {
  const { known, find } = directory();
  const users = Array.from({ length: 50 }, (_, i) => `user_${i}`);
  for (const user of users) {
    await find(user);
    time += 2;
  }
  time = 500;
  for (const user of users.slice(0, 40)) known(user);
  time = 1000;
  await find('user_0');
  expect(queries.slice(users.length)).toEqual([users.slice(0, 40).toSorted()]);
  for (const user of users.slice(0, 40)) expect(known(user)).toMatchObject({ updatedAt: new Date(1000) });
  for (const user of users.slice(40)) expect(known(user)).toBeUndefined();
  // They were read together, so they are out of date together; and they were asked for just now.
  time = 2100;
  await find('user_29');
  expect(queries.slice(users.length + 1)).toEqual([users.slice(0, 40).toSorted()]);
});

test('who was changed is read again at once, and so is everybody where nothing may be held', async () => {
  const { known, find, forget } = directory();
  await find('ada');
  forget('ada');
  expect(known('ada')).toBeUndefined();
  await find('ada');
  const uncached = directory(0);
  await uncached.find('ada');
  expect(uncached.known('ada')).toBeUndefined();
  await uncached.find('ada');
  expect(queries).toHaveLength(4);
});
