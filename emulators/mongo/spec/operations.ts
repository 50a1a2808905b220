import type { ClientSession, Collection, Db, MongoClient } from 'mongodb';
import { isJson, type Json, listOf, type Operation } from './report.ts';
import type { World } from './world.ts';

type Run = (target: never, args: Json, world: World) => unknown;
type Anything = Record<string, (...args: unknown[]) => unknown>;

/** Operations whose arguments are fields of the test, in the driver's order; the rest are options. */
const simple =
  (method: string, ...names: string[]): Run =>
  (target: Anything, args) => {
    const { [names[0] ?? '']: _a, [names[1] ?? '']: _b, ...options } = args;
    return target[method]?.(...names.map((name) => copied(args[name])), options);
  };
/** The driver adds `_id` to what it inserts. */
const copied = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copied);
  return isJson(value) && value.constructor === Object ? { ...value } : value;
};
const asList =
  (method: string, ...names: string[]): Run =>
  async (target, args, world) =>
    (simple(method, ...names)(target, args, world) as { toArray(): Promise<unknown[]> }).toArray();
const nothing: Run = () => undefined;
const bulk = (requests: unknown) =>
  listOf<Json>(requests).map((request) =>
    isJson(request['arguments']) ? { [String(request['name'])]: request['arguments'] } : request,
  );

/** What the tests call, by its name there, in the words of the driver for Node. */
export const OPERATIONS: Record<string, Run> = {
  find: asList('find', 'filter'),
  findOne: simple('findOne', 'filter'),
  insertOne: simple('insertOne', 'document'),
  insertMany: simple('insertMany', 'documents'),
  updateOne: simple('updateOne', 'filter', 'update'),
  updateMany: simple('updateMany', 'filter', 'update'),
  replaceOne: simple('replaceOne', 'filter', 'replacement'),
  deleteOne: simple('deleteOne', 'filter'),
  deleteMany: simple('deleteMany', 'filter'),
  findOneAndUpdate: simple('findOneAndUpdate', 'filter', 'update'),
  findOneAndReplace: simple('findOneAndReplace', 'filter', 'replacement'),
  findOneAndDelete: simple('findOneAndDelete', 'filter'),
  bulkWrite: (target: Collection, { requests, ...options }) =>
    target.bulkWrite(bulk(requests) as never, options),
  aggregate: asList('aggregate', 'pipeline'),
  countDocuments: simple('countDocuments', 'filter'),
  estimatedDocumentCount: simple('estimatedDocumentCount'),
  count: (target: Collection & { count(filter: object, options: object): unknown }, { filter, ...options }) =>
    target.count((filter as object) ?? {}, options),
  distinct: simple('distinct', 'fieldName', 'filter'),
  createIndex: (target: Collection, { keys, ...options }) => target.createIndex(keys as never, options),
  dropIndex: (target: Collection, { name }) => target.dropIndex(String(name)),
  listIndexes: asList('listIndexes'),
  listIndexNames: async (target: Collection) =>
    (await target.listIndexes().toArray()).map(({ name }) => name as string),
  createCollection: (target: Db, { collection, ...options }) =>
    target.createCollection(String(collection), options),
  dropCollection: (target: Db, { collection, ...options }) =>
    target.dropCollection(String(collection), options),
  listCollections: (target: Db, { filter, ...options }) =>
    target.listCollections((filter as object) ?? {}, options).toArray(),
  listCollectionNames: async (target: Db, { filter, ...options }) =>
    (await target.listCollections((filter as object) ?? {}, options).toArray()).map(({ name }) => name),
  listCollectionObjects: (target: Db, { filter: _filter, ...options }) => target.collections(options),
  listDatabases: async (target: MongoClient | undefined, options, { client }) =>
    (await (target ?? client).db().admin().listDatabases(options)).databases,
  listDatabaseNames: async (target: MongoClient | undefined, options, { client }) =>
    (await (target ?? client).db().admin().listDatabases(options)).databases.map(({ name }) => name),
  runCommand: (target: Db, { command, commandName: _name, ...options }) =>
    target.command(command as object, options),
  startTransaction: (target: ClientSession, options) => target.startTransaction(options),
  commitTransaction: (target: ClientSession) => target.commitTransaction(),
  abortTransaction: (target: ClientSession) => target.abortTransaction(),
  endSession: (target: ClientSession) => target.endSession(),
  withTransaction: (target: ClientSession, { callback, ...options }, world) =>
    target.withTransaction(async () => {
      for (const operation of listOf<Operation>(callback)) await world.step(operation);
    }, options),
  failPoint: (_target, { failPoint }, { client }) => client.db('admin').command(failPoint as object),
  targetedFailPoint: (_target, { failPoint }, { client }) => client.db('admin').command(failPoint as object),
  createEntities: (_target, { entities }, world) => world.create(entities),
  assertCollectionExists: (_target, args, world) => collectionIs(true, args, world),
  assertCollectionNotExists: (_target, args, world) => collectionIs(false, args, world),
  assertIndexExists: (_target, args, world) => indexIs(true, args, world),
  assertIndexNotExists: (_target, args, world) => indexIs(false, args, world),
  // What the driver notes about its sessions is its own concern.
  assertSessionTransactionState: nothing,
  assertSessionPinned: nothing,
  assertSessionUnpinned: nothing,
  assertSessionDirty: nothing,
  assertSessionNotDirty: nothing,
  assertSameLsidOnLastTwoCommands: nothing,
  assertDifferentLsidOnLastTwoCommands: nothing,
};

async function collectionIs(there: boolean, args: Json, { client }: World): Promise<void> {
  const [database, name] = [
    args['databaseName'] ?? args['database'],
    args['collectionName'] ?? args['collection'],
  ].map(String);
  const found = await client
    .db(database)
    .listCollections({ name: name as string })
    .toArray();
  if (found.length > 0 !== there)
    throw new Error(`the collection ${name} should ${there ? '' : 'not '}be there`);
}

async function indexIs(there: boolean, args: Json, { client }: World): Promise<void> {
  const [database, name, index] = [
    args['databaseName'] ?? args['database'],
    args['collectionName'] ?? args['collection'],
    args['indexName'] ?? args['index'],
  ].map(String);
  const found = await client
    .db(database)
    .collection(name as string)
    .indexes()
    .catch(() => []);
  if (found.some((one) => one.name === index) !== there)
    throw new Error(`the index ${index} should ${there ? '' : 'not '}be there`);
}
