import { type Collection, type Db, MongoBulkWriteError, type MongoClient, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect, startTestServer } from './server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
let client: MongoClient;
let db: Db;
let users: Collection;
beforeAll(async () => {
  server = await startTestServer();
  client = await connect(server.uri, { maxPoolSize: 50 });
  db = client.db(`indexes_${process.pid}`);
});
beforeEach(async () => {
  await db.collection('users').drop();
  users = db.collection('users');
});
afterAll(async () => {
  await db.dropDatabase();
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
const insert = (...documents: object[]) => users.insertMany(documents);

test('a duplicate is error 11000 with the key, as MongoDB words it', async () => {
  await users.createIndex({ email: 1 }, { unique: true });
  await insert({ email: 'x@y' });
  const error = await failure(users.insertOne({ email: 'x@y' }));
  expect(error).toMatchObject({ code: 11000, keyPattern: { email: 1 }, keyValue: { email: 'x@y' } });
  expect(error.message).toBe(
    `E11000 duplicate key error collection: ${db.databaseName}.users index: email_1 dup key: { email: "x@y" }`,
  );
});

test('a duplicate _id names the index _id_', async () => {
  await insert({ _id: 1 as never });
  expect((await failure(users.insertOne({ _id: 1 as never }))).message).toContain(
    'index: _id_ dup key: { _id: 1 }',
  );
});

test.each([
  ['missing counts as null once', { a: 1 }, { unique: true }, [{}, { a: null }], 1],
  ['a sparse index leaves missing out', { a: 1 }, { unique: true, sparse: true }, [{}, {}, { a: 1 }], 3],
  [
    'a partial index leaves others out',
    { a: 1 },
    { unique: true, partialFilterExpression: { live: true } },
    [{ a: 1 }, { a: 1 }, { a: 1, live: true }],
    3,
  ],
  [
    'a compound key is taken as a whole',
    { a: 1, b: -1 },
    { unique: true },
    [
      { a: 1, b: 1 },
      { a: 1, b: 2 },
      { a: 1, b: 1 },
    ],
    2,
  ],
  ['every element of an array counts', { a: 1 }, { unique: true }, [{ a: [1, 2] }, { a: [2, 3] }], 1],
  ['one document may have an element twice', { a: 1 }, { unique: true }, [{ a: [1, 1] }], 1],
  ['1 and 1.0 are the same key', { a: 1 }, { unique: true }, [{ a: 1 }, { a: 1n }], 1],
  [
    'a collation without case',
    { a: 1 },
    { unique: true, collation: { locale: 'en', strength: 2 } },
    [{ a: 'X' }, { a: 'x' }],
    1,
  ],
] as const)('unique: %s', async (_title, key, options, documents, kept) => {
  await users.createIndex(key, options);
  await users
    .insertMany([...documents])
    .catch((error: unknown) => expect(error).toBeInstanceOf(MongoBulkWriteError));
  expect(await users.countDocuments()).toBe(kept);
});

test('an update into a duplicate is refused and changes nothing', async () => {
  await users.createIndex({ a: 1 }, { unique: true });
  await insert({ a: 1 }, { a: 2 });
  expect((await failure(users.updateOne({ a: 2 }, { $set: { a: 1 } }))).code).toBe(11000);
  expect(await users.countDocuments({ a: 2 })).toBe(1);
});

test('fifty writers of one key leave one document', async () => {
  await users.createIndex({ clerkId: 1 }, { unique: true });
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, at) => users.insertOne({ clerkId: 'u', at })),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await users.countDocuments()).toBe(1);
});

test('fifty upserts of one key, ten times over, lose no increment', async () => {
  await users.createIndex({ k: 1 }, { unique: true });
  await Promise.all(
    Array.from({ length: 500 }, (_, at) =>
      users.updateOne({ k: at % 10 }, { $inc: { n: 1 } }, { upsert: true }),
    ),
  );
  expect(await users.find().toArray()).toHaveLength(10);
  expect(await users.countDocuments({ n: 50 })).toBe(10);
});

test('an index over existing duplicates is refused', async () => {
  await insert({ a: 1 }, { a: 1 });
  expect((await failure(users.createIndex({ a: 1 }, { unique: true }))).code).toBe(11000);
  expect(await users.indexes()).toHaveLength(1);
});

test('equality, ranges, prefixes and sorts use an index instead of all documents', async () => {
  if (server.real) return;
  await insert(
    ...Array.from({ length: 500 }, (_, n) => ({
      n,
      name: `user-${String(n).padStart(3, '0')}`,
      group: n % 5,
    })),
  );
  await users.createIndexes([{ key: { n: 1 } }, { key: { name: 1 } }, { key: { group: 1, n: -1 } }]);
  const explained = async (filter: object, sort = {}) => {
    const { queryPlanner, executionStats } = await db.command({ explain: { find: 'users', filter, sort } });
    return [
      queryPlanner.winningPlan.inputStage?.indexName ?? queryPlanner.winningPlan.stage,
      executionStats.totalDocsExamined,
    ];
  };
  expect(await explained({ n: 7 })).toEqual(['n_1', 1]);
  expect(await explained({ n: { $gte: 10, $lt: 20 } })).toEqual(['n_1', 11]);
  expect(await explained({ n: { $in: [1, 2, 3] } })).toEqual(['n_1', 3]);
  expect(await explained({ name: /^user-00/ })).toEqual(['name_1', 10]);
  expect(await explained({ group: 2, n: { $gt: 450 } })).toEqual(['group_1_n_-1', 10]);
  expect(await explained({ other: 1 })).toEqual(['COLLSCAN', 500]);
  const sorted = await users.find({ group: 1 }).sort({ n: -1 }).limit(3).toArray();
  expect(sorted.map(({ n }) => n)).toEqual([496, 491, 486]);
});

test('a compound index answers sorts both ways', async () => {
  await insert({ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 1 }, { a: 2, b: 2 });
  await users.createIndex({ a: 1, b: -1 });
  const order = async (sort: object) =>
    (await users.find({}, { sort } as never).toArray()).map(({ a, b }) => `${a}${b}`);
  expect(await order({ a: 1, b: -1 })).toEqual(['12', '11', '22', '21']);
  expect(await order({ a: -1, b: 1 })).toEqual(['21', '22', '11', '12']);
  expect(await order({ a: 1, b: 1 })).toEqual(['11', '12', '21', '22']);
});

test('a collation finds and sorts without case', async () => {
  await insert({ s: 'b' }, { s: 'A' }, { s: 'a' }, { s: 'B' });
  await users.createIndex({ s: 1 }, { collation: { locale: 'en', strength: 2 } });
  const found = await users.find({ s: 'a' }).collation({ locale: 'en', strength: 2 }).toArray();
  expect(found.map(({ s }) => s).sort()).toEqual(['A', 'a']);
  expect(await users.find({ s: 'a' }).toArray()).toHaveLength(1);
});

test('a text index finds words, phrases and leaves words out', async () => {
  await insert({ t: 'red running shoes' }, { t: 'blue shoe laces' }, { t: 'green hat' });
  await users.createIndex({ t: 'text' });
  const search = async ($search: string) =>
    (await users.find({ $text: { $search } }).toArray()).map(({ t }) => t).sort();
  expect(await search('shoes')).toEqual(['blue shoe laces', 'red running shoes']);
  expect(await search('shoe -blue')).toEqual(['red running shoes']);
  expect(await search('"green hat"')).toEqual(['green hat']);
  const [best] = await users
    .find({ $text: { $search: 'red shoes' } }, { projection: { score: { $meta: 'textScore' } } })
    .sort({ score: { $meta: 'textScore' } })
    .toArray();
  expect(best).toMatchObject({ t: 'red running shoes', score: expect.any(Number) });
});

test('a TTL index removes what is over', async () => {
  await users.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
  await insert({ at: new Date(Date.now() - 61_000) }, { at: new Date() }, { at: 'never' });
  await client.db('admin').command({ setParameter: 1, ttlMonitorSleepSecs: server.real ? 1 : 0.02 });
  await expect.poll(() => users.countDocuments(), { timeout: 10_000 }).toBe(2);
});

test('indexes are listed as they were asked for, and dropped by name and by key', async () => {
  await users.createIndexes([{ key: { a: 1 } }, { key: { b: -1 }, unique: true, name: 'mine' }]);
  expect(await users.indexes()).toMatchObject([
    { key: { _id: 1 }, name: '_id_' },
    { key: { a: 1 }, name: 'a_1' },
    { key: { b: -1 }, name: 'mine', unique: true },
  ]);
  expect((await failure(users.createIndex({ a: 1 }, { unique: true }))).code).toBe(86);
  expect((await failure(users.createIndex({ c: 1 }, { name: 'mine' }))).code).toBe(86);
  await users.dropIndex('mine');
  await db.command({ dropIndexes: 'users', index: { a: 1 } });
  expect(await users.indexes()).toHaveLength(1);
  expect((await failure(users.dropIndex('mine'))).codeName).toBe('IndexNotFound');
  expect((await failure(users.dropIndex('_id_'))).code).toBe(72);
});
