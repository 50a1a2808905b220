import {
  type ClientSession,
  type Collection,
  type Db,
  MongoClient,
  type MongoServerError,
  ReadPreference,
} from 'mongodb';
import { match } from './match.ts';
import { isJson, type Json, listOf, type Operation, Skip } from './report.ts';

/** What a test works with: clients, databases, collections, sessions and results by name. */
export class World {
  readonly uri: string;
  readonly entities = new Map<string, unknown>();
  readonly client: MongoClient;
  private readonly clients: MongoClient[];

  constructor(uri: string, client: MongoClient) {
    this.uri = uri;
    this.client = client;
    this.clients = [client];
  }

  static async start(uri: string, options: Json = {}): Promise<World> {
    const client = await new MongoClient(uri, { serverSelectionTimeoutMS: 5000, ...options }).connect();
    const world = new World(uri, client);
    await client.db('admin').command({ killAllSessions: [] });
    return world;
  }

  async create(list: unknown): Promise<void> {
    for (const entity of listOf<Json>(list)) {
      const [kind = ''] = Object.keys(entity);
      const terms = entity[kind] as Json;
      this.entities.set(String(terms['id']), await this.make(kind, terms));
    }
  }

  private async make(kind: string, terms: Json): Promise<unknown> {
    switch (kind) {
      case 'client': {
        const { retryReads, retryWrites } = isJson(terms['uriOptions']) ? terms['uriOptions'] : {};
        const options = {
          ...(retryReads === false ? { retryReads } : {}),
          ...(retryWrites === false ? { retryWrites } : {}),
        };
        const client = await new MongoClient(this.uri, options as object).connect();
        this.clients.push(client);
        return client;
      }
      case 'database':
        return (this.entities.get(String(terms['client'])) as MongoClient).db(String(terms['databaseName']));
      case 'collection':
        return (this.entities.get(String(terms['database'])) as Db).collection(
          String(terms['collectionName']),
          isJson(terms['collectionOptions']) ? terms['collectionOptions'] : {},
        );
      case 'session':
        return (this.entities.get(String(terms['client'])) as MongoClient).startSession(
          isJson(terms['sessionOptions']) ? terms['sessionOptions'] : {},
        );
      default:
        throw new Skip(`the entity ${kind}`);
    }
  }

  async end(): Promise<void> {
    await this.client
      .db('admin')
      .command({ configureFailPoint: 'failCommand', mode: 'off' })
      .catch(() => {});
    for (const client of this.clients) await client.close().catch(() => {});
  }

  /** Runs an operation and judges how it ended. */
  async step(operation: Operation): Promise<void> {
    const outcome = await this.perform(operation).then(
      (value) => ({ value, error: undefined }),
      (error: unknown) => {
        if (error instanceof Skip) throw error;
        return { value: undefined, error: error as MongoServerError };
      },
    );
    if (operation.ignoreResultAndError) return;
    if (operation.expectError) return expectError(operation, outcome.error, outcome.value);
    if (outcome.error) throw outcome.error;
    if (operation.expectResult !== undefined)
      match(operation.expectResult, shown(outcome.value), this.entities);
    if (operation.saveResultAsEntity) this.entities.set(operation.saveResultAsEntity, outcome.value);
  }

  perform({ name, object, arguments: given = {} }: Operation): Promise<unknown> {
    const target = this.entities.get(object);
    const args: Json = { ...given };
    if (typeof args['session'] === 'string') args['session'] = this.entities.get(args['session']);
    if (typeof args['returnDocument'] === 'string')
      args['returnDocument'] = args['returnDocument'].toLowerCase();
    if (isJson(args['readPreference'])) args['readPreference'] = preference(args['readPreference']);
    const run = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
    if (!run) return Promise.reject(new Skip(`the operation ${name}`));
    return Promise.resolve(run(target as never, args, this));
  }
}

/** Modes begin with a small letter; some of the older tests write them otherwise. */
export function preference({ mode }: Json): ReadPreference {
  const text = String(mode);
  return new ReadPreference((text[0]?.toLowerCase() + text.slice(1)) as 'primary');
}

export function expectError(
  { name, expectError: expected = {} }: Operation,
  error: MongoServerError | undefined,
  value: unknown,
): void {
  if (!error)
    throw new Error(`${name} should have failed, but answered ${JSON.stringify(value)?.slice(0, 200)}`);
  const { errorCode, errorCodeName, errorContains, expectResult } = expected;
  const complain = (what: string) =>
    new Error(`${name}: ${what}, but it was ${error.code} ${error.codeName}: ${error.message}`);
  if (errorCode !== undefined && error.code !== errorCode)
    throw complain(`the code should be ${String(errorCode)}`);
  if (errorCodeName !== undefined && error.codeName !== errorCodeName)
    throw complain(`the name should be ${String(errorCodeName)}`);
  if (typeof errorContains === 'string' && !error.message.toLowerCase().includes(errorContains.toLowerCase()))
    throw complain(`it should say '${errorContains}'`);
  for (const label of listOf<string>(expected['errorLabelsContain']))
    if (!error.hasErrorLabel?.(label)) throw complain(`the label ${label} is missing`);
  for (const label of listOf<string>(expected['errorLabelsOmit']))
    if (error.hasErrorLabel?.(label)) throw complain(`the label ${label} is there`);
  const result = (error as unknown as Json)['result'];
  if (expectResult !== undefined && isJson(result)) match(expectResult, shown(result), new Map());
}

const COUNTS = [
  'insertedCount',
  'matchedCount',
  'modifiedCount',
  'deletedCount',
  'upsertedCount',
  'upsertedIds',
  'insertedIds',
  'acknowledged',
  'insertedId',
];

/** A driver's result as the tests describe it. */
export function shown(value: unknown): unknown {
  if (!isJson(value)) return value;
  const type = value.constructor?.name;
  const from =
    type === 'BulkWriteResult'
      ? Object.fromEntries(COUNTS.flatMap((name) => (value[name] === undefined ? [] : [[name, value[name]]])))
      : value;
  return from['upsertedId'] === null ? { ...from, upsertedId: undefined } : from;
}

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

const OPERATIONS: Record<string, Run> = {
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
