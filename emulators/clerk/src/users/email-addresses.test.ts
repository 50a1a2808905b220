import type { ClerkClient, User } from '@clerk/backend';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf, refusal } from '../testing/client.ts';
import { type DescribedApi, startDescribedApi } from '../testing/described-api.ts';
import { judgeAnswers } from '../testing/judge-answers.ts';

let clerk: ClerkEmulator;
let api: DescribedApi;
let client: ClerkClient;
let user: User;

beforeAll(async () => {
  clerk = await startClerkEmulator();
  api = await startDescribedApi(clerk.apiUrl);
  client = clientOf(clerk, api.url);
});
beforeEach(async () => {
  await clerk.reset();
  user = await client.users.createUser({ emailAddress: ['first@x.test'] });
});
afterAll(async () => {
  await api.close();
  await clerk.stop();
});

const add = (emailAddress: string, more: object = {}) =>
  client.emailAddresses.createEmailAddress({ userId: user.id, emailAddress, ...more });
const primary = async () => (await client.users.getUser(user.id)).primaryEmailAddress?.emailAddress;

test('an added address is unverified and not the primary one unless asked for', async () => {
  const added = await add('second@x.test');
  expect(added).toMatchObject({ emailAddress: 'second@x.test', verification: null });
  expect(await primary()).toBe('first@x.test');
  expect(await client.emailAddresses.getEmailAddress(added.id)).toEqual(added);
  const third = await add('third@x.test', { verified: true, primary: true });
  expect(third.verification?.status).toBe('verified');
  expect(await primary()).toBe('third@x.test');
});

test('the first address of a user is the primary one', async () => {
  user = await client.users.createUser({ username: 'no_mail' });
  await add('only@x.test', { verified: true });
  expect(await primary()).toBe('only@x.test');
});

test('an address can be verified, made primary, and unverified again', async () => {
  const { id } = await add('second@x.test');
  const verified = await client.emailAddresses.updateEmailAddress(id, { verified: true, primary: true });
  expect(verified.verification).toMatchObject({ status: 'verified', strategy: 'admin' });
  expect(await primary()).toBe('second@x.test');
  expect((await client.emailAddresses.updateEmailAddress(id, { verified: false })).verification).toBeNull();
});

test('where the primary address is deleted, the oldest other one takes its place', async () => {
  const { id } = await add('second@x.test', { verified: true });
  const deleted = await client.emailAddresses.deleteEmailAddress(user.primaryEmailAddressId ?? '');
  expect(deleted).toMatchObject({ deleted: true, id: user.primaryEmailAddressId });
  expect(await primary()).toBe('second@x.test');
  expect(await refusal(client.emailAddresses.deleteEmailAddress(id))).toMatchObject({
    status: 400,
    code: 'identification_deletion_failed',
  });
});

test('one address in place of all others', async () => {
  await add('second@x.test');
  await client.users.replaceUserEmailAddress(user.id, { emailAddress: 'new@x.test' });
  const { emailAddresses } = await client.users.getUser(user.id);
  expect(emailAddresses.map(({ emailAddress }) => emailAddress)).toEqual(['new@x.test']);
  expect(await primary()).toBe('new@x.test');
});

test('an unverified address is nobody’s yet: whoever has it verified first keeps it', async () => {
  const mine = await add('wanted@x.test');
  const other = await client.users.createUser({ emailAddress: ['wanted@x.test'] });
  expect(other.primaryEmailAddress?.verification?.status).toBe('verified');
  const late = client.emailAddresses.updateEmailAddress(mine.id, { verified: true });
  expect(await refusal(late)).toMatchObject({ status: 422, code: 'form_identifier_exists' });
});

test('what an address may not be is refused', async () => {
  expect(await refusal(add('first@x.test'))).toMatchObject({ code: 'form_identifier_exists' });
  expect(await refusal(add('no address'))).toMatchObject({ code: 'form_param_format_invalid' });
  expect(await refusal(add(''))).toMatchObject({ code: 'form_param_missing', param: 'email_address' });
  const unknownUser = client.emailAddresses.createEmailAddress({
    userId: 'user_gone',
    emailAddress: 'a@x.test',
  });
  expect(await refusal(unknownUser)).toMatchObject({ status: 404 });
  expect(await refusal(client.emailAddresses.getEmailAddress('idn_gone'))).toMatchObject({ status: 404 });
});

judgeAnswers(
  () => api,
  [
    'POST /email_addresses 200',
    'PATCH /email_addresses/{email_address_id} 200',
    'DELETE /email_addresses/{email_address_id} 200',
    'PUT /users/{user_id}/email_address 200',
  ],
);
