import type { ClerkClient, User } from '@clerk/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf, refusal } from '../testing/client.ts';
import { type DescribedApi, startDescribedApi } from '../testing/described-api.ts';
import { judgeAnswers } from '../testing/judge-answers.ts';

let clerk: ClerkEmulator;
let api: DescribedApi;
let users: ClerkClient['users'];
let ada: User;
let bob: User;
let eve: User;

beforeAll(async () => {
  clerk = await startClerkEmulator();
  api = await startDescribedApi(clerk.apiUrl);
  users = clientOf(clerk, api.url).users;
  ada = await users.createUser({
    emailAddress: ['Ada@example.com', 'ada@work.test'],
    firstName: 'Ada',
    lastName: 'Lovelace',
    username: 'ada_l',
    externalId: 'ext-1',
    createdAt: new Date('2024-01-01T00:00:00Z'),
  });
  bob = await users.createUser({
    emailAddress: ['bob@example.com'],
    firstName: 'Bob',
    lastName: '100%',
    externalId: 'ext-2',
    createdAt: new Date('2025-01-01T00:00:00Z'),
  });
  eve = await users.createUser({ username: 'eve_hidden', createdAt: new Date('2026-01-01T00:00:00Z') });
  await users.banUser(eve.id);
  clerk.signIn(bob.id);
});
afterAll(async () => {
  await api.close();
  await clerk.stop();
});

type ListParams = NonNullable<Parameters<ClerkClient['users']['getUserList']>[0]>;

/** The list and the count have to agree about every filter. */
async function found(params: ListParams): Promise<string[]> {
  const { data, totalCount } = await users.getUserList(params);
  expect(totalCount).toBe(data.length);
  return data.map(({ id }) => id);
}

test('the newest user comes first unless another order is asked for', async () => {
  expect(await found({})).toEqual([eve.id, bob.id, ada.id]);
  expect(await found({ orderBy: 'created_at' })).toEqual([ada.id, bob.id, eve.id]);
  expect(await found({ orderBy: '+created_at' })).toEqual([ada.id, bob.id, eve.id]);
});

test.each([
  ['email_address', () => [eve.id, ada.id, bob.id]],
  ['first_name', () => [eve.id, ada.id, bob.id]],
  ['last_name', () => [eve.id, bob.id, ada.id]],
  ['username', () => [bob.id, ada.id, eve.id]],
  ['updated_at', () => [ada.id, bob.id, eve.id]],
  ['last_sign_in_at', () => [ada.id, eve.id, bob.id]],
  ['last_active_at', () => [ada.id, eve.id, bob.id]],
] as const)('users can be ordered by %s, both ways', async (order, expected) => {
  expect(await found({ orderBy: `+${order}` })).toEqual(expected());
  expect(await found({ orderBy: `-${order}` })).toEqual(expected().toReversed());
});

test('an e-mail address finds its user whole, in any case, also where it is not the primary one', async () => {
  expect(await found({ emailAddress: ['ada@EXAMPLE.com', 'bob@example.com', 'nobody@x.test'] })).toEqual([
    bob.id,
    ada.id,
  ]);
  expect(await found({ emailAddress: ['ada@work.test'] })).toEqual([ada.id]);
  expect(await found({ emailAddress: ['example.com'] })).toEqual([]);
});

test('ids and external ids are wanted with + and unwanted with -', async () => {
  expect(await found({ userId: [ada.id, `+${bob.id}`] })).toEqual([bob.id, ada.id]);
  expect(await found({ userId: [`-${ada.id}`] })).toEqual([eve.id, bob.id]);
  expect(await found({ externalId: ['ext-1', 'ext-9'] })).toEqual([ada.id]);
  expect(await found({ externalId: ['-ext-1'] })).toEqual([eve.id, bob.id]);
  expect(await found({ username: ['ADA_L'] })).toEqual([ada.id]);
});

test('a search looks into addresses, user names, ids and names, and takes % for what it is', async () => {
  expect(await found({ query: 'WORK.test' })).toEqual([ada.id]);
  expect(await found({ query: 'hidden' })).toEqual([eve.id]);
  expect(await found({ query: 'lovel' })).toEqual([ada.id]);
  expect(await found({ query: 'ada love' })).toEqual([ada.id]);
  expect(await found({ query: bob.id.slice(5) })).toEqual([bob.id]);
  expect(await found({ query: '100%' })).toEqual([bob.id]);
  expect(await found({ query: '%' })).toEqual([bob.id]);
  expect(await found({ query: 'a_a' })).toEqual([]);
});

test('times bound the list on either side', async () => {
  expect(await found({ createdAtAfter: ada.createdAt, createdAtBefore: eve.createdAt })).toEqual([bob.id]);
  expect(await found({ lastSignInAtAfter: 1 })).toEqual([bob.id]);
  expect(await found({ lastSignInAtBefore: 1 })).toEqual([]);
  expect(await found({ lastActiveAtAfter: 1 })).toEqual([bob.id]);
  expect(await found({ lastActiveAtBefore: 1 })).toEqual([]);
  expect(await found({ last_active_at_since: 1 })).toEqual([bob.id]);
});

const more = (params: Record<string, string>) => found(params as ListParams);

test('the queries of single fields and the ban filter, which the SDK does not type', async () => {
  expect(await more({ email_address_query: 'EXAMPLE' })).toEqual([bob.id, ada.id]);
  expect(await more({ username_query: 'hidd' })).toEqual([eve.id]);
  expect(await more({ name_query: 'da lov' })).toEqual([ada.id]);
  expect(await more({ banned: 'true' })).toEqual([eve.id]);
  expect(await more({ banned: 'false' })).toEqual([bob.id, ada.id]);
});

test('a filter or an order that is not supported is refused by name, never ignored', async () => {
  const refused = (params: object) => refusal(users.getUserList(params as ListParams));
  expect(await refused({ phoneNumber: ['+34'] })).toMatchObject({ status: 501, text: /phone_number/ });
  expect(await refused({ organizationId: ['org_1'] })).toMatchObject({
    status: 501,
    text: /organization_id/,
  });
  expect(await refused({ web3Wallet: ['0x1'] })).toMatchObject({ status: 501, text: /web3_wallet/ });
  expect(await refused({ orderBy: 'phone_number' })).toMatchObject({ status: 501, text: /phone_number/ });
  expect(await refused({ orderBy: 'shoe_size' })).toMatchObject({ status: 422, param: 'order_by' });
  expect(await refused({ shoeSize: '42' })).toMatchObject({ status: 422, code: 'form_param_unknown' });
  expect(await refused({ limit: 501 })).toMatchObject({ status: 422, param: 'limit' });
  expect(await refused({ limit: 'ten' })).toMatchObject({ status: 422, code: 'form_param_type_invalid' });
  expect(await refused({ offset: -1 })).toMatchObject({ status: 422, param: 'offset' });
  const many = Array.from({ length: 101 }, (_, i) => `user_${i}`);
  expect(await refused({ userId: many })).toMatchObject({ status: 422, param: 'user_id' });
});

test('a cursor goes with the order by creation alone, and without an offset', async () => {
  const refused = (params: object) => refusal(users.getUserList(params as ListParams));
  expect(await refused({ startingAfter: ada.id, orderBy: 'username' })).toMatchObject({ status: 422 });
  expect(await refused({ startingAfter: ada.id, offset: 1 })).toMatchObject({ status: 422 });
  expect(await refused({ startingAfter: 'user_gone' })).toMatchObject({ status: 404 });
});

judgeAnswers(() => api, ['GET /users 200', 'GET /users/count 200', 'GET /users 422']);
