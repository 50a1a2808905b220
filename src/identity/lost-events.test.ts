import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Person, signUp } from '../../test/support/people.ts';
import { type Stack, startStack } from '../../test/support/stack.ts';
import { connectDatabase } from '../config/database.ts';
import { type LedgerEvent, ledgerModel } from './ledger-model.ts';
import { userModel } from './user-model.ts';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;

let stack: Stack;
let connection: Awaited<ReturnType<typeof connectDatabase>>;
beforeAll(async () => {
  stack = await startStack();
  connection = await connectDatabase(stack.mongodbUri);
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

describe('an event that cannot be handled', () => {
  test('is a dead letter at once, with its cause, where its data is not what Clerk promises', async () => {
    const event = { id: 'msg_bad', name: 'clerk.user.updated', data: { id: 'user_bad' } };
    await fetch(`${stack.inngest.url}/e/key`, { method: 'POST', body: JSON.stringify(event) });
    await stack.inngest.idle();
    const row = await ledgerModel(connection).findById('msg_bad').lean();
    expect(row).toMatchObject({
      status: 'failed',
      clerkId: 'user_bad',
      cause: expect.stringContaining('promises'),
    });
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
