import { type Collection, type MongoClient, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect, startTestServer } from './server.ts';

/** Faults are for this client alone: on a real server, other tests run beside these. */
const appName = 'transactions';

let server: Awaited<ReturnType<typeof startTestServer>>;
let client: MongoClient;
let accounts: Collection<{ _id: string; cents: number; email?: string }>;
beforeAll(async () => {
  server = await startTestServer();
  client = await connect(server.uri, { retryWrites: true, appName });
  accounts = client.db(`transactions_${process.pid}`).collection('accounts');
});
beforeEach(async () => {
  await accounts.deleteMany({});
  await accounts.insertMany([
    { _id: 'a', cents: 100 },
    { _id: 'b', cents: 0 },
  ]);
});
afterAll(async () => {
  await accounts.drop();
  await client.close();
  await server.stop();
});

const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MongoServerError);
  return error as MongoServerError;
};

test('nobody sees a transaction before it is committed, and all of it after', async () => {
  const session = client.startSession();
  session.startTransaction();
  await accounts.updateOne({ _id: 'a' }, { $inc: { cents: -40 } }, { session });
  await accounts.updateOne({ _id: 'b' }, { $inc: { cents: 40 } }, { session });
  expect(await accounts.findOne({ _id: 'a' })).toMatchObject({ cents: 100 });
  expect(await accounts.findOne({ _id: 'a' }, { session })).toMatchObject({ cents: 60 });
  await session.commitTransaction();
  expect(await accounts.find().sort({ _id: 1 }).toArray()).toMatchObject([{ cents: 60 }, { cents: 40 }]);
  await session.endSession();
});

test('a transaction does not see what others commit after it began', async () => {
  const session = client.startSession();
  session.startTransaction({ readConcern: { level: 'snapshot' } });
  expect(await accounts.countDocuments({}, { session })).toBe(2);
  await accounts.insertOne({ _id: 'c', cents: 1 });
  expect(await accounts.countDocuments({}, { session })).toBe(2);
  await session.abortTransaction();
  await session.endSession();
});

test('an aborted transaction leaves nothing', async () => {
  const session = client.startSession();
  session.startTransaction();
  await accounts.insertOne({ _id: 'c', cents: 1 }, { session });
  await session.abortTransaction();
  expect(await accounts.countDocuments()).toBe(2);
  await session.endSession();
});

test('two transactions on one document: the second is a WriteConflict with the label that makes clients try again', async () => {
  const [first, second] = [client.startSession(), client.startSession()];
  first.startTransaction();
  second.startTransaction();
  await accounts.updateOne({ _id: 'a' }, { $inc: { cents: 1 } }, { session: first });
  const error = await failure(accounts.updateOne({ _id: 'a' }, { $inc: { cents: 1 } }, { session: second }));
  expect(error).toMatchObject({ code: 112, codeName: 'WriteConflict' });
  expect(error.hasErrorLabel('TransientTransactionError')).toBe(true);
  await first.commitTransaction();
  await Promise.all([first.endSession(), second.endSession()]);
});

test('what others changed since the snapshot is a WriteConflict', async () => {
  const session = client.startSession();
  session.startTransaction();
  await accounts.findOne({ _id: 'a' }, { session });
  await accounts.updateOne({ _id: 'a' }, { $inc: { cents: 5 } });
  const error = await failure(accounts.updateOne({ _id: 'a' }, { $inc: { cents: 1 } }, { session }));
  expect(error.code).toBe(112);
  await session.endSession();
  expect(await accounts.findOne({ _id: 'a' })).toMatchObject({ cents: 105 });
});

test('a write outside waits for the transaction that has the document', async () => {
  const session = client.startSession();
  session.startTransaction();
  await accounts.updateOne({ _id: 'a' }, { $inc: { cents: 1 } }, { session });
  const waiting = accounts.findOneAndUpdate(
    { _id: 'a' },
    { $inc: { cents: 10 } },
    { returnDocument: 'after' },
  );
  const impatient = await failure(
    accounts.updateOne({ _id: 'a' }, { $inc: { cents: 100 } }, { maxTimeMS: 20 }),
  );
  expect(impatient.code).toBe(50);
  await session.commitTransaction();
  expect(await waiting).toMatchObject({ cents: 111 });
  await session.endSession();
});

test('a duplicate key ends the transaction', async () => {
  const session = client.startSession();
  session.startTransaction();
  await accounts.insertOne({ _id: 'c', cents: 1 }, { session });
  expect((await failure(accounts.insertOne({ _id: 'a', cents: 1 }, { session }))).code).toBe(11000);
  const after = await failure(accounts.insertOne({ _id: 'd', cents: 1 }, { session }));
  expect(after).toMatchObject({ code: 251, codeName: 'NoSuchTransaction' });
  await session.endSession();
  expect(await accounts.countDocuments()).toBe(2);
});

test('withTransaction under fifty writers loses nothing', async () => {
  const transfer = async () => {
    const session = client.startSession();
    await session.withTransaction(async () => {
      await accounts.updateOne({ _id: 'a' }, { $inc: { cents: -1 } }, { session });
      await accounts.updateOne({ _id: 'b' }, { $inc: { cents: 1 } }, { session });
    });
    await session.endSession();
  };
  await Promise.all(Array.from({ length: 50 }, transfer));
  expect(await accounts.find().sort({ _id: 1 }).toArray()).toMatchObject([{ cents: 50 }, { cents: 50 }]);
});

test('a snapshot session sees the data of its first read, whatever is written later', async () => {
  const session = client.startSession({ snapshot: true });
  const cents = async () =>
    (await accounts.find({ _id: 'a' }, { session }).toArray()).map((one) => one.cents);
  expect(await cents()).toEqual([100]);
  await accounts.updateOne({ _id: 'a' }, { $inc: { cents: 1 } });
  await accounts.insertOne({ _id: 'new', cents: 7 });
  expect(await cents()).toEqual([100]);
  expect(await accounts.distinct('cents', {}, { session })).not.toContain(7);
  expect(await accounts.aggregate([{ $match: { _id: 'new' } }], { session }).toArray()).toEqual([]);
  await session.endSession();
  const later = client.startSession({ snapshot: true });
  expect(await accounts.distinct('cents', {}, { session: later })).toContain(7);
  await later.endSession();
});

test('commands that transactions do not have are refused', async () => {
  const session = client.startSession();
  session.startTransaction();
  const error = await failure(client.db(accounts.dbName).command({ count: 'accounts' }, { session }));
  expect(error).toMatchObject({ code: 263, codeName: 'OperationNotSupportedInTransaction' });
  await session.abortTransaction();
  await session.endSession();
});

test('a retryable write whose answer was lost is carried out once', async () => {
  const admin = client.db('admin');
  await admin.command({
    configureFailPoint: 'failCommand',
    mode: { times: 1 },
    data: { failCommands: ['update'], closeConnection: true, appName },
  });
  await accounts.updateOne({ _id: 'a' }, { $inc: { cents: 1 } });
  expect(await accounts.findOne({ _id: 'a' })).toMatchObject({ cents: 101 });

  // A number that the driver never comes to, in a session that nobody else is given.
  const other = await connect(server.uri);
  const db = other.db(accounts.dbName);
  const session = other.startSession();
  const command = {
    update: 'accounts',
    updates: [{ q: { _id: 'a' }, u: { $inc: { cents: 1 } } }],
    txnNumber: 99n,
  };
  const [first, again] = [await db.command(command, { session }), await db.command(command, { session })];
  expect([first['nModified'], again['nModified']]).toEqual([1, 1]);
  expect(await accounts.findOne({ _id: 'a' })).toMatchObject({ cents: 102 });
  await session.endSession();
  await other.close();
});

test.each([
  ['after', {}],
  ['before', { failBeforeCommitExceptionCode: 1 }],
])(
  'a retryable write whose connection breaks %s it is committed is carried out once',
  async (_when, data) => {
    await client
      .db('admin')
      .command({ configureFailPoint: 'onPrimaryTransactionalWrite', mode: { times: 1 }, data });
    const given = await accounts.findOneAndUpdate(
      { _id: 'a' },
      { $inc: { cents: 1 } },
      { returnDocument: 'after' },
    );
    expect(given).toMatchObject({ cents: 101 });
    expect(await accounts.findOne({ _id: 'a' })).toMatchObject({ cents: 101 });
  },
);

test('injected errors reach the client with their code and labels', async () => {
  const admin = client.db('admin');
  await admin.command({
    configureFailPoint: 'failCommand',
    mode: { times: 1 },
    data: { failCommands: ['find'], errorCode: 96, appName },
  });
  expect(await failure(accounts.find().toArray())).toMatchObject({ code: 96, codeName: 'OperationFailed' });
  await admin.command({
    configureFailPoint: 'failCommand',
    mode: { times: 2 },
    data: { failCommands: ['insert'], errorCode: 10107, appName },
  });
  const error = await failure(accounts.insertOne({ _id: 'z', cents: 1 }));
  expect(error.hasErrorLabel('RetryableWriteError')).toBe(true);
});
