import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, call, type Person, signUp } from '../../test/support/people.ts';
import { type Stack, startStack } from '../../test/support/stack.ts';
import type { AdminUser } from './admin-user.ts';

let stack: Stack;
let admin: Person;
beforeAll(async () => {
  stack = await startStack();
  admin = await signUp(stack, { role: 'admin', email: 'root@shop.example' });
  await mirrored(admin);
});
/** Whatever a test made of it: there is one administrator. */
beforeEach(async () => {
  const { users } = stack.clerkClient;
  for (const { id, publicMetadata } of (await users.getUserList({ limit: 100 })).data) {
    const role = id === admin.clerkId ? 'admin' : null;
    if ((publicMetadata.role === 'admin') === (role === 'admin')) continue;
    await users.updateUserMetadata(id, { publicMetadata: { role } });
  }
  await stack.clerk.idle();
  await stack.inngest.idle();
});
afterAll(() => stack?.stop());

interface Changed {
  user: AdminUser;
  mirrored: boolean;
  code?: string;
}

const as = async <T>(person: Person, request: `${string} /${string}`, body?: unknown): Promise<Answer<T>> =>
  call<T>(stack.api, request, { token: await person.token(), body });

const setRole = (by: Person, { clerkId }: Person, role: string) =>
  as<Changed>(by, `PATCH /api/admin/users/${clerkId}/role`, { role });

/** A first request is enough for the mirror to know somebody (B5). */
async function mirrored(...people: Person[]): Promise<void> {
  for (const person of people) expect((await as(person, 'GET /api/users/profile')).status).toBe(200);
}

describe('listing users', () => {
  test('searches id, e-mail address and name in any case, filters, and pages without a gap', async () => {
    const people: Person[] = [];
    for (let n = 0; n < 5; n++) {
      people.push(await signUp(stack, { email: `Reader.${n}+x@books.example`, firstName: `Zoë (${n})` }));
    }
    await mirrored(...people);
    const ids = async (query: string) => {
      const { body } = await as<{ items: AdminUser[] }>(admin, `GET /api/admin/users?${query}`);
      return body.items.map(({ clerkId }) => clerkId).sort();
    };
    const all = people.map(({ clerkId }) => clerkId).sort();
    expect(await ids('query=BOOKS.example')).toEqual(all);
    expect(await ids(`query=${encodeURIComponent('zoë (3)')}`)).toEqual([people[3]!.clerkId]);
    expect(await ids(`query=${people[1]!.clerkId}`)).toEqual([people[1]!.clerkId]);
    expect(await ids('query=.*')).toEqual([]);
    expect(await ids('role=admin')).toEqual([admin.clerkId]);
    expect(await ids('status=banned')).toEqual([]);

    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = `query=books&limit=2${cursor && `&cursor=${cursor}`}`;
      const page: Answer<{ items: AdminUser[]; nextCursor: string | null }> = await as(
        admin,
        `GET /api/admin/users?${query}`,
      );
      seen.push(...page.body.items.map(({ clerkId }) => clerkId));
      cursor = page.body.nextCursor;
    }
    expect(seen.sort()).toEqual(all);
  });
});

describe('setting a role', () => {
  test('B10 goes through Clerk and back: the old token loses its authority in less than 2 s', async () => {
    const boss = await signUp(stack, { role: 'admin' });
    await mirrored(boss);
    const token = await boss.token();
    const list = () => call(stack.api, 'GET /api/admin/users', { token });
    expect((await list()).status).toBe(200);

    const askedAt = performance.now();
    const answer = await setRole(admin, boss, 'user');
    expect(answer).toMatchObject({ status: 200, body: { mirrored: true, user: { role: 'user' } } });
    await expect.poll(async () => (await list()).status, { interval: 5 }).toBe(403);
    expect(performance.now() - askedAt).toBeLessThan(2000);
    const { publicMetadata } = await stack.clerkClient.users.getUser(boss.clerkId);
    expect(publicMetadata).toEqual({ role: 'user' });
  });

  test('keeps what else is in the public metadata, and counts with the next token', async () => {
    const person = await signUp(stack);
    await mirrored(person);
    await stack.clerkClient.users.updateUserMetadata(person.clerkId, { publicMetadata: { plan: 'gold' } });
    const old = await person.token();
    expect((await setRole(admin, person, 'moderator')).body.user.role).toBe('moderator');
    const { publicMetadata } = await stack.clerkClient.users.getUser(person.clerkId);
    expect(publicMetadata).toEqual({ plan: 'gold', role: 'moderator' });
    const orders = '/api/orders/000000000000000000000000';
    const patch = (token: string) => call(stack.api, `PATCH ${orders}`, { token, body: { status: 'paid' } });
    expect((await patch(old)).status).toBe(403);
    expect((await patch(await person.token())).status).toBe(404);
  });

  test('answers 202 where the webhook is late, and the role comes with it', async () => {
    const person = await signUp(stack);
    await mirrored(person);
    stack.clerk.webhookUrl = undefined;
    const answer = await setRole(admin, person, 'moderator');
    expect(answer).toMatchObject({ status: 202, body: { mirrored: false, user: { role: 'user' } } });
    stack.clerk.webhookUrl = `${stack.api}/api/webhooks/clerk`;
  });

  test.each([
    ['an unknown user', 'user_doesnotexist', { role: 'admin' }, 404, 'user_not_found'],
    ['no role', 'user_x', {}, 400, 'invalid_request'],
    ['an unknown role', 'user_x', { role: 'owner' }, 400, 'invalid_request'],
    ['an id that is none', 'user_$where', { role: 'user' }, 400, 'invalid_request'],
  ])('%s is refused', async (_what, id, body, status, code) => {
    const answer = await as(admin, `PATCH /api/admin/users/${id}/role`, body);
    expect(answer).toMatchObject({ status, body: { code } });
  });

  test('answers 503 while Clerk is down', async () => {
    const person = await signUp(stack);
    await mirrored(person);
    const token = await admin.token();
    stack.clerk.failApi({ status: 503, times: 50 });
    const answer = await call(stack.api, `PATCH /api/admin/users/${person.clerkId}/role`, {
      token,
      body: { role: 'moderator' },
    });
    stack.clerk.clearFaults();
    expect(answer).toMatchObject({ status: 503, body: { code: 'clerk_unavailable' } });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

describe('banning', () => {
  test('B10 refuses a token that is still valid, until the user is unbanned', async () => {
    const person = await signUp(stack);
    await mirrored(person);
    const token = await person.token();
    const ban = await as<Changed>(admin, `POST /api/admin/users/${person.clerkId}/ban`);
    expect(ban).toMatchObject({ status: 200, body: { mirrored: true, user: { status: 'banned' } } });
    const profile = () => call(stack.api, 'GET /api/users/profile', { token });
    await expect.poll(async () => (await profile()).status, { interval: 5 }).toBe(401);
    const unban = await as<Changed>(admin, `POST /api/admin/users/${person.clerkId}/unban`);
    expect(unban).toMatchObject({ status: 200, body: { mirrored: true, user: { status: 'active' } } });
  });
});

describe('the last administrator', () => {
  test('can neither demote nor ban himself', async () => {
    for (const answer of [
      await setRole(admin, admin, 'user'),
      await as<Changed>(admin, `POST /api/admin/users/${admin.clerkId}/ban`),
    ]) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'last_admin' } });
    }
    const { publicMetadata, banned } = await stack.clerkClient.users.getUser(admin.clerkId);
    expect({ publicMetadata, banned }).toEqual({ publicMetadata: { role: 'admin' }, banned: false });
  });

  test('is who is left when two demote each other at once', async () => {
    const other = await signUp(stack, { role: 'admin' });
    await mirrored(other);
    const answers = await Promise.all([setRole(admin, other, 'user'), setRole(other, admin, 'user')]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const admins = async () => {
      const users = await stack.clerkClient.users.getUserList({ limit: 100 });
      return users.data.filter(({ publicMetadata }) => publicMetadata.role === 'admin').length;
    };
    expect(await admins()).toBe(1);
    // Clerk has the last word: there is one whose role the mirror does not know yet.
    const survivor = answers[0]?.status === 200 ? admin : other;
    stack.clerk.webhookUrl = undefined;
    const third = await signUp(stack, { role: 'admin' });
    stack.clerk.webhookUrl = `${stack.api}/api/webhooks/clerk`;
    await mirrored(third);
    expect((await setRole(third, survivor, 'user')).status).toBe(200);
    expect(await admins()).toBe(1);
  });
});

test('every change of an administrator’s asks for a recent verification, where the environment says so', () => {
  const changes = stack.backend.routes.filter(
    ({ path, method }) => path.startsWith('/api/admin') && method !== 'get',
  );
  expect(changes.length).toBeGreaterThan(5);
  expect(changes.filter(({ reverify, guard }) => !reverify || guard !== 'admin')).toEqual([]);
});
