import type { Connection } from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../test/support/people.ts';
import { type Stack, startStack } from '../../test/support/stack.ts';
import { connectDatabase } from '../config/database.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { ledgerModel } from './ledger-model.ts';
import { userModel } from './user-model.ts';

const MINUTE = 60_000;

let stack: Stack;
let connection: Connection;
let ledger: Ledger;
beforeAll(async () => {
  stack = await startStack();
  connection = await connectDatabase(stack.mongodbUri);
  ledger = createLedger({ events: ledgerModel(connection), now: Date.now });
});
afterAll(async () => {
  await connection?.close();
  await stack?.stop();
});

const users = () => userModel(connection);
/** The ledger's rows about a user himself, his sessions left out. */
const rows = ({ clerkId }: Person) =>
  ledgerModel(connection).find({ clerkId, type: /^user/ }).sort({ receivedAt: 1 }).lean();
const mailsTo = ({ email }: Person) =>
  stack.inbox.mails.filter(({ to }) => JSON.stringify(to).includes(email)).length;

async function settled() {
  await stack.clerk.idle();
  await stack.inngest.idle();
}

test('an event that fails every attempt for hours is a dead letter with its cause; replayed, it repairs the user and mails nobody again', async () => {
  const ada = await signUp(stack);
  await settled();
  const { collection } = users();
  // MongoDB refuses what the event would store.
  const name = 'Blocked Lovelace';
  await collection.insertOne({ clerkId: 'blocker', name } as never);
  const only = { unique: true, partialFilterExpression: { name } };
  const index = await collection.createIndex({ name: 1 }, only);
  await stack.clerkClient.users.updateUser(ada.clerkId, { firstName: 'Blocked' });
  await settled();
  for (let hour = 0; hour < 6; hour++) await stack.inngest.advance(60 * MINUTE);
  expect(await rows(ada)).toMatchObject([
    { status: 'applied' },
    { status: 'failed', cause: expect.stringContaining('E11000'), payload: { id: ada.clerkId } },
  ]);
  expect(JSON.stringify((await rows(ada)).map(({ cause }) => cause))).not.toContain('Lovelace');
  await collection.dropIndex(index);
  await ledger.replay({ status: 'failed', clerkId: ada.clerkId });
  await stack.inngest.advance(MINUTE);
  expect(await users().findOne({ clerkId: ada.clerkId }).lean()).toMatchObject({ name });
  expect(await rows(ada)).toMatchObject([{ status: 'applied' }, { status: 'applied', cause: null }]);
  expect(mailsTo(ada)).toBe(1);
});
