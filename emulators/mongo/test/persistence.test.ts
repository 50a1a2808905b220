import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CreateIndexesOptions, Double, type IndexSpecification } from 'mongodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MongoServerOptions, startMongoServer } from '../src/index.ts';
import { startProgram } from './program.ts';
import { connect } from './server.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'mongo-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** Runs `work` on a server of its own. */
async function onServer<T>(
  options: MongoServerOptions,
  work: (client: Awaited<ReturnType<typeof connect>>) => Promise<T>,
): Promise<T> {
  const mongo = await startMongoServer(options);
  const client = await connect(mongo.uri, { promoteValues: false });
  try {
    return await work(client);
  } finally {
    await client.close();
    await mongo.stop();
  }
}

test('documents, their types, indexes and options are there after a restart', async () => {
  await onServer({ dataDir }, async (client) => {
    const db = client.db('kept');
    await db.createCollection('users', { validator: { name: { $type: 'string' } } });
    await db.collection('users').createIndex({ name: 1 }, { unique: true });
    await db.collection('users').insertMany([{ name: 'a', n: new Double(1) }, { name: 'b' }, { name: 'c' }]);
    await db.collection('users').updateOne({ name: 'b' }, { $set: { n: 2 } });
    await db.collection('users').deleteOne({ name: 'c' });
    await db.collection('gone').insertOne({ a: 1 });
    await db.collection('gone').drop();
    await db.collection('old').insertOne({ a: 1 });
    await db.collection('old').rename('new');
  });
  await onServer({ dataDir }, async (client) => {
    const db = client.db('kept');
    const users = await db
      .collection('users')
      .find({}, { projection: { _id: 0 } })
      .sort({ name: 1 })
      .toArray();
    expect(JSON.stringify(users)).toBe(
      JSON.stringify([
        { name: 'a', n: new Double(1) },
        { name: 'b', n: 2 },
      ]),
    );
    await expect(db.collection('users').insertOne({ name: 'a' })).rejects.toMatchObject({
      message: /E11000/,
    });
    await expect(db.collection('users').insertOne({ name: 5 })).rejects.toMatchObject({
      message: 'Document failed validation',
    });
    expect((await db.listCollections().toArray()).map(({ name }) => name).sort()).toEqual(['new', 'users']);
  });
});

test('a transaction is there whole after a restart, and one that was open is not there at all', async () => {
  await onServer({ dataDir }, async (client) => {
    const [one, two] = [client.db('kept').collection('one'), client.db('kept').collection('two')];
    const session = client.startSession();
    await session.withTransaction(async () => {
      await one.insertOne({ a: 1 }, { session });
      await two.insertOne({ a: 1 }, { session });
    });
    session.startTransaction();
    await one.insertOne({ a: 2 }, { session });
  });
  await onServer({ dataDir }, async (client) => {
    expect(await client.db('kept').collection('one').find().toArray()).toHaveLength(1);
    expect(await client.db('kept').collection('two').find().toArray()).toHaveLength(1);
  });
});

test('what was acknowledged survives kill -9', async () => {
  const program = await startProgram(['--port', '0', '--data-dir', dataDir]);
  const client = await connect(program.uri);
  await client
    .db('kept')
    .collection('users')
    .insertMany(Array.from({ length: 100 }, (_, n) => ({ n })));
  program.kill('SIGKILL');
  await program.ended;
  await client.close();
  await onServer({ dataDir }, async (after) => {
    expect(await after.db('kept').collection('users').find().toArray()).toHaveLength(100);
  });
});

test('a second process on the same folder is refused with the cure', async () => {
  await onServer({ dataDir }, async () => {
    const second = await startProgram(['--port', '0', '--data-dir', dataDir]).catch((error: Error) => error);
    expect(second).toMatchObject({
      message: /is in use by another process: stop that one, or choose another data folder/,
    });
  });
});

test('a file that is no database is refused and left as it is', async () => {
  writeFileSync(join(dataDir, 'mongo.sqlite'), 'no database at all'.repeat(100));
  await expect(startMongoServer({ dataDir })).rejects.toMatchObject({ code: 'storage_broken' });
});

test.each<[string, IndexSpecification, CreateIndexesOptions]>([
  ['a dotted path', { 'address.city': 1 }, {}],
  ['an array', { tags: -1, n: 1 }, {}],
  ['a sparse one', { nick: 1 }, { sparse: true }],
  ['a partial one', { n: 1 }, { partialFilterExpression: { 'address.city': 'Lugo' } }],
  ['one with a collation', { nick: 1 }, { collation: { locale: 'en', strength: 2 } }],
])('an index over %s finds after a restart what it found before', async (_title, key, options) => {
  const look = (client: Awaited<ReturnType<typeof connect>>) =>
    client.db('kept').collection<{ _id: number }>('people').find({}, { hint: 'it' }).toArray();
  const before = await onServer({ dataDir }, async (client) => {
    const people = client.db('kept').collection<{ _id: number }>('people');
    await people.insertMany(
      Array.from({ length: 20 }, (_, n) => ({
        _id: n,
        n: 20 - n,
        address: [{ city: n % 3 ? 'Lugo' : 'Vigo', zip: n }],
        tags: n % 2 ? ['a', `t${n}`] : [],
        ...(n % 4 ? { nick: n % 5 ? 'Ana' : 'ana' } : {}),
      })),
    );
    await people.createIndex(key, { ...options, name: 'it' });
    return look(client);
  });
  expect(before.length).toBeGreaterThan(0);
  expect(await onServer({ dataDir }, look)).toEqual(before);
});
