import type { Connection } from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signUp } from '../../../test/support/people.ts';
import { type Stack, startStack } from '../../../test/support/stack.ts';
import { connectDatabase } from '../../config/database.ts';
import { syncRunModel } from '../sync-run.ts';
import { userModel } from '../user-model.ts';
import { RECONCILE_REQUESTED } from './reconcile-users.ts';

let stack: Stack;
let connection: Connection;
beforeAll(async () => {
  stack = await startStack();
  connection = await connectDatabase(stack.mongodbUri);
});
afterAll(async () => {
  await connection?.close();
  await stack?.stop();
});

test('whom no webhook told of is found and filled in, without a welcome; who is gone is erased', async () => {
  const gone = await signUp(stack);
  await stack.clerk.idle();
  await stack.inngest.idle();
  const mails = stack.inbox.mails.length;
  stack.clerk.webhookFaults = { drop: 1 };
  const missing = await signUp(stack);
  await stack.clerkClient.users.deleteUser(gone.clerkId);
  await fetch(`${stack.inngest.url}/e/key`, {
    method: 'POST',
    body: JSON.stringify({ name: RECONCILE_REQUESTED, data: {} }),
  });
  await stack.inngest.idle();
  const users = userModel(connection);
  expect(await users.findOne({ clerkId: missing.clerkId }).lean()).toMatchObject({ email: missing.email });
  expect(await users.findOne({ clerkId: gone.clerkId }).lean()).toMatchObject({
    status: 'deleted',
    email: null,
  });
  expect(stack.inbox.mails).toHaveLength(mails);
  expect(await syncRunModel(connection).findById('nightly').lean()).toMatchObject({
    drift: { checked: 1, missing: 1, gone: 1 },
    erased: 1,
    finishedAt: expect.any(Number),
  });
});
