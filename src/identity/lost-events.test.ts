import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Person, signUp } from '../../test/support/people.ts';
import { type Stack, startStack } from '../../test/support/stack.ts';
import { connectDatabase } from '../config/database.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { type LedgerEvent, ledgerModel } from './ledger-model.ts';
import { userModel } from './user-model.ts';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;

let stack: Stack;
let connection: Awaited<ReturnType<typeof connectDatabase>>;
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
afterEach(() => stack.clerk.clearFaults());

const users = () => userModel(connection);
const user = ({ clerkId }: Person) => users().findOne({ clerkId }).lean();
/** The ledger's rows about a user himself, his sessions left out. */
const rows = ({ clerkId }: Person) =>
  ledgerModel(connection).find({ clerkId, type: /^user/ }).sort({ receivedAt: 1 }).lean();
const mailsTo = ({ email }: Person) =>
  stack.inbox.mails.filter(({ to }) => JSON.stringify(to).includes(email)).length;

/** All that Clerk has to tell is told, and all that Inngest has to do is done. */
async function settled() {
  await stack.clerk.idle();
  await stack.inngest.idle();
}

/** Makes the ledger believe that what is open in it came some time ago. */
async function age(filter: Partial<LedgerEvent>) {
  await ledgerModel(connection).updateMany(
    { ...filter, resendAt: { $ne: null } },
    { $set: { resendAt: new Date(Date.now() - 1) } },
  );
}

describe('an event that Inngest acknowledged and lost', () => {
  test('is sent again within the minute, and handled once', async () => {
    const ada = await signUp(stack);
    await settled();
    const [row] = await rows(ada);
    // As if the functions had never run: nobody here, the event still open.
    await users().deleteOne({ clerkId: ada.clerkId });
    await ledgerModel(connection).updateOne(
      { _id: String(row?._id) },
      { $set: { status: 'received', resendAt: new Date(), payload: payloadOf(ada) } },
    );
    await stack.inngest.advance(MINUTE);
    expect(await user(ada)).toMatchObject({ clerkId: ada.clerkId, email: ada.email });
    expect(await rows(ada)).toMatchObject([{ status: 'applied', resends: 1, payload: null }]);
  });

  test('and that was handled all the same is not sent again', async () => {
    const ada = await signUp(stack);
    await settled();
    await age({ clerkId: ada.clerkId });
    await stack.inngest.advance(2 * MINUTE);
    expect(await rows(ada)).toMatchObject([{ status: 'applied', resends: 0 }]);
    expect(mailsTo(ada)).toBe(1);
  });

  test('B9 a welcome e-mail whose event was lost is sent within a quarter of an hour', async () => {
    const ada = await signUp(stack);
    await settled();
    const due = new Date(Date.now() - QUARTER);
    await users().updateOne(
      { clerkId: ada.clerkId },
      { $set: { 'sync.welcomedAt': null, 'sync.welcomeDueAt': due }, $inc: { 'sync.revision': 1 } },
    );
    await stack.inngest.advance(MINUTE);
    expect(mailsTo(ada)).toBe(2);
    expect((await user(ada))?.sync).toMatchObject({ welcomeDueAt: null, welcomedAt: expect.any(Date) });
  });
});

describe('an event that fails every attempt', () => {
  test('is a dead letter with its cause; replayed, it repairs the user and mails nobody again', async () => {
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
    expect(await user(ada)).toMatchObject({ name });
    expect(await rows(ada)).toMatchObject([{ status: 'applied' }, { status: 'applied', cause: null }]);
    expect(mailsTo(ada)).toBe(1);
  });
});

function payloadOf({ clerkId, email }: Person) {
  const at = Date.now();
  return {
    id: clerkId,
    primary_email_address_id: 'idn_1',
    email_addresses: [{ id: 'idn_1', email_address: email, verification: { status: 'verified' } }],
    created_at: at,
    updated_at: at,
  };
}
