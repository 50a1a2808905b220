import type { ClerkClient } from '@clerk/backend';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf, refusal } from '../testing/client.ts';
import { type DescribedApi, startDescribedApi } from '../testing/described-api.ts';
import { judgeAnswers } from '../testing/judge-answers.ts';

let clerk: ClerkEmulator;
let api: DescribedApi;
let users: ClerkClient['users'];

beforeAll(async () => {
  clerk = await startClerkEmulator();
  api = await startDescribedApi(clerk.apiUrl);
  users = clientOf(clerk, api.url).users;
});
beforeEach(() => clerk.reset());
afterAll(async () => {
  await api.close();
  await clerk.stop();
});

const ada = { emailAddress: ['ada@example.com'], firstName: 'Ada', lastName: 'Lovelace' };

test('a new user has what was given, a verified primary address, and times in milliseconds', async () => {
  const before = Date.now();
  const user = await users.createUser({
    ...ada,
    emailAddress: ['ada@example.com', 'lovelace@example.com'],
    username: 'ada_l',
    externalId: 'old-1',
    password: 'correct horse',
    publicMetadata: { role: 'admin' },
    privateMetadata: { plan: 'gold' },
    unsafeMetadata: { theme: 'dark' },
  });
  expect(user).toMatchObject({
    firstName: 'Ada',
    lastName: 'Lovelace',
    username: 'ada_l',
    externalId: 'old-1',
    passwordEnabled: true,
    banned: false,
    locked: false,
    publicMetadata: { role: 'admin' },
    privateMetadata: { plan: 'gold' },
    unsafeMetadata: { theme: 'dark' },
    lastSignInAt: null,
  });
  expect(user.id).toMatch(/^user_[0-9A-Za-z]{27}$/);
  expect(user.emailAddresses.map(({ emailAddress }) => emailAddress)).toEqual([
    'ada@example.com',
    'lovelace@example.com',
  ]);
  expect(user.primaryEmailAddress?.emailAddress).toBe('ada@example.com');
  expect(user.primaryEmailAddress?.verification).toMatchObject({ status: 'verified', strategy: 'admin' });
  expect(user.createdAt).toBeGreaterThanOrEqual(before);
  expect(await users.getUser(user.id)).toEqual(user);
});

test('users without an e-mail address or a name exist', async () => {
  const named = await users.createUser({ username: 'nobody' });
  expect(named).toMatchObject({ firstName: null, primaryEmailAddressId: null, emailAddresses: [] });
  const bare = await users.createUser({ skipPasswordRequirement: true, ...{ skipUserRequirement: true } });
  expect(bare).toMatchObject({ username: null, firstName: null, lastName: null });
});

test('a reserved address is not verified, and still taken', async () => {
  const user = await users.createUser({ ...ada, emailAddressIdentificationStatus: ['reserved'] });
  expect(user.raw?.email_addresses[0]).toMatchObject({ verification: null, reserved: true });
  expect(await refusal(users.createUser(ada))).toMatchObject({ status: 422, code: 'form_identifier_exists' });
});

test('a user can be created banned, locked, or with times of an earlier system', async () => {
  const createdAt = new Date('2020-01-02T03:04:05.000Z');
  const user = await users.createUser({
    ...ada,
    banned: true,
    locked: true,
    createdAt,
    legalAcceptedAt: createdAt,
  });
  expect(user).toMatchObject({
    banned: true,
    locked: true,
    createdAt: createdAt.getTime(),
    legalAcceptedAt: createdAt.getTime(),
  });
});

test('what a new user may not be is refused with code and parameter', async () => {
  await users.createUser({ ...ada, username: 'ada_l', externalId: 'old-1' });
  const refused = async (params: object) => refusal(users.createUser(params as { externalId: string }));
  expect(await refused({ emailAddress: ['ADA@example.com'] })).toMatchObject({
    status: 422,
    code: 'form_identifier_exists',
    param: 'email_address',
  });
  expect(await refused({ emailAddress: ['a@b.test', 'a@b.test'] })).toMatchObject({
    code: 'form_identifier_exists',
  });
  expect(await refused({ username: 'ADA_L' })).toMatchObject({
    code: 'form_identifier_exists',
    param: 'username',
  });
  expect(await refused({ username: 'new_name', externalId: 'old-1' })).toMatchObject({
    code: 'form_identifier_exists',
    param: 'external_id',
  });
  expect(await refused({ emailAddress: ['not an address'] })).toMatchObject({
    code: 'form_param_format_invalid',
    param: 'email_address',
  });
  expect(await refused({ firstName: 'Ada' })).toMatchObject({ status: 422, code: 'form_data_missing' });
  expect(await refused({ username: 'ab' })).toMatchObject({ code: 'form_username_invalid_length' });
  expect(await refused({ username: 'a b c d' })).toMatchObject({ code: 'form_username_invalid_character' });
  expect(await refused({ username: 'new_name', password: 'short' })).toMatchObject({
    code: 'form_password_length_too_short',
  });
  expect(await refused({ username: 'new_name', createdAt: 'yesterday' })).toMatchObject({
    code: 'form_param_format_invalid',
    param: 'created_at',
  });
  expect(await refused({ username: 'new_name', timezone: 'Europe/Madrid' })).toMatchObject({
    code: 'form_param_unknown',
    param: 'timezone',
  });
  expect(await refused({ username: 'new_name', banned: 'yes' })).toMatchObject({
    code: 'form_param_type_invalid',
    param: 'banned',
  });
  expect(await refused({ phoneNumber: ['+34600000000'] })).toMatchObject({
    status: 501,
    text: /phone_number/,
  });
  expect(await users.getCount()).toBe(1);
});

test('an update changes what is given and nothing else, and moves updated_at forward each time', async () => {
  const user = await users.createUser({ ...ada, username: 'ada_l' });
  const renamed = await users.updateUser(user.id, { firstName: 'Augusta', deleteSelfEnabled: false });
  expect(renamed).toMatchObject({ firstName: 'Augusta', lastName: 'Lovelace', deleteSelfEnabled: false });
  const again = await users.updateUser(user.id, { username: '' });
  expect(again.username).toBeNull();
  expect(renamed.updatedAt).toBeGreaterThan(user.updatedAt);
  expect(again.updatedAt).toBeGreaterThan(renamed.updatedAt);
});

test('the primary address can be another verified one of the user, and no one else’s', async () => {
  const user = await users.createUser({ emailAddress: ['one@x.test', 'two@x.test'] });
  const other = await users.createUser(ada);
  const second = user.emailAddresses[1]?.id ?? '';
  const updated = await users.updateUser(user.id, { primaryEmailAddressID: second });
  expect(updated.primaryEmailAddress?.emailAddress).toBe('two@x.test');
  const foreign = users.updateUser(user.id, { primaryEmailAddressID: other.primaryEmailAddressId ?? '' });
  expect(await refusal(foreign)).toMatchObject({ status: 404, code: 'resource_not_found' });
});

test('metadata merges deeply, null deletes a key, and replacing leaves nothing of the old', async () => {
  const user = await users.createUser({ ...ada, publicMetadata: { role: 'user', a: { b: 1, c: 2 } } });
  const merged = await users.updateUserMetadata(user.id, {
    publicMetadata: { a: { c: null, d: [1] }, e: null, role: 'admin' },
    privateMetadata: { note: 'x' },
  });
  expect(merged.publicMetadata).toEqual({ role: 'admin', a: { b: 1, d: [1] } });
  expect(merged.privateMetadata).toEqual({ note: 'x' });
  const replaced = await users.replaceUserMetadata(user.id, { publicMetadata: { only: true } });
  expect(replaced.publicMetadata).toEqual({ only: true });
  expect(replaced.privateMetadata).toEqual({ note: 'x' });
});

test('updateUser with metadata replaces it, as the SDK does it: in a call of its own', async () => {
  const user = await users.createUser({ ...ada, publicMetadata: { role: 'user' } });
  const updated = await users.updateUser(user.id, { lastName: 'King', publicMetadata: { vip: true } });
  expect(updated).toMatchObject({ lastName: 'King', publicMetadata: { vip: true } });
  expect(updated.publicMetadata).not.toHaveProperty('role');
});

test('metadata over 8 KB is refused and changes nothing', async () => {
  const user = await users.createUser(ada);
  const tooMuch = users.updateUserMetadata(user.id, { publicMetadata: { text: 'x'.repeat(8192) } });
  expect(await refusal(tooMuch)).toMatchObject({
    code: 'form_param_exceeds_allowed_size',
    param: 'public_metadata',
  });
  expect(await users.getUser(user.id)).toEqual(user);
});

test('a ban ends all sessions and keeps the user out until it is lifted', async () => {
  const user = await users.createUser(ada);
  const { session } = clerk.signIn(user.id);
  expect((await users.banUser(user.id)).banned).toBe(true);
  const { sessions } = clientOf(clerk);
  expect((await sessions.getSession(session.id)).status).toBe('revoked');
  expect(await refusal(sessions.createSession({ userId: user.id }))).toMatchObject({ code: 'user_banned' });
  expect((await users.unbanUser(user.id)).banned).toBe(false);
  expect((await sessions.createSession({ userId: user.id })).status).toBe('active');
});

test('a lock runs out after an hour of the emulator’s clock', async () => {
  const user = await users.createUser(ada);
  expect((await users.lockUser(user.id)).raw).toMatchObject({
    locked: true,
    lockout_expires_in_seconds: 3600,
  });
  expect((await users.unlockUser(user.id)).locked).toBe(false);
  await users.lockUser(user.id);
  clerk.advance(3_600_000);
  expect((await users.getUser(user.id)).raw).toMatchObject({
    locked: false,
    lockout_expires_in_seconds: null,
  });
});

test('a deleted user is gone, with the address free again', async () => {
  const user = await users.createUser(ada);
  expect(await users.deleteUser(user.id)).toMatchObject({ id: user.id, deleted: true });
  expect(await refusal(users.getUser(user.id))).toMatchObject({ status: 404, code: 'resource_not_found' });
  expect(await refusal(users.deleteUser(user.id))).toMatchObject({ status: 404 });
  expect((await users.createUser(ada)).id).not.toBe(user.id);
});

judgeAnswers(
  () => api,
  [
    'DELETE /users/{user_id} 200',
    'DELETE /users/{user_id} 404',
    'GET /users/count 200',
    'GET /users/{user_id} 200',
    'GET /users/{user_id} 404',
    'PATCH /users/{user_id} 200',
    'PATCH /users/{user_id} 404',
    'PATCH /users/{user_id}/metadata 200',
    'PATCH /users/{user_id}/metadata 422',
    'POST /users 200',
    'POST /users 422',
    'POST /users/{user_id}/ban 200',
    'POST /users/{user_id}/lock 200',
    'POST /users/{user_id}/unban 200',
    'POST /users/{user_id}/unlock 200',
    'PUT /users/{user_id}/metadata 200',
  ],
);
