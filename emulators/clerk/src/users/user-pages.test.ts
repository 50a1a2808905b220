import type { ClerkClient } from '@clerk/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf } from '../testing/client.ts';

const USERS = 1000;
const PAGE = 137;
/** More than leave at a time would only queue up in the client. */
const AT_ONCE = 50;

let clerk: ClerkEmulator;
let users: ClerkClient['users'];
let ids: string[];

beforeAll(async () => {
  clerk = await startClerkEmulator();
  users = clientOf(clerk).users;
  ids = [];
  for (let first = 0; first < USERS; first += AT_ONCE) {
    const made = Array.from({ length: AT_ONCE }, (_, i) =>
      users.createUser({ emailAddress: [`user${first + i}@x.test`], firstName: `Name ${(first + i) % 7}` }),
    );
    ids.push(...(await Promise.all(made)).map(({ id }) => id));
  }
});
afterAll(() => clerk.stop());

test.each(['-created_at', '+created_at', '+first_name', '-updated_at', '+username'] as const)(
  '1,000 users, many of one millisecond, come back in pages by %s without a gap or a repeat',
  async (orderBy) => {
    const seen: string[] = [];
    for (let offset = 0; offset < USERS; offset += PAGE) {
      const { data, totalCount } = await users.getUserList({ limit: PAGE, offset, orderBy });
      expect(totalCount).toBe(USERS);
      seen.push(...data.map(({ id }) => id));
    }
    expect(seen).toHaveLength(USERS);
    expect(new Set(seen)).toEqual(new Set(ids));
  },
);

test.each(['created_at', '-created_at'])('and by cursor along %s', async (orderBy) => {
  const seen: string[] = [];
  let page: string[];
  do {
    const params = new URLSearchParams({ limit: String(PAGE), order_by: orderBy });
    const last = seen.at(-1);
    if (last !== undefined) params.set('starting_after', last);
    const headers = { authorization: `Bearer ${clerk.secretKey}` };
    const answer = await fetch(`${clerk.apiUrl}/v1/users?${params}`, { headers });
    page = ((await answer.json()) as { id: string }[]).map(({ id }) => id);
    seen.push(...page);
  } while (page.length === PAGE);
  expect(seen).toHaveLength(USERS);
  expect(new Set(seen)).toEqual(new Set(ids));
});

test('a page holds 10 users unless told otherwise, and 500 at most', async () => {
  expect((await users.getUserList()).data).toHaveLength(10);
  expect((await users.getUserList({ limit: 500 })).data).toHaveLength(500);
});
