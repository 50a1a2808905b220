import { type MongoServerError, ReadPreference } from 'mongodb';
import { match } from './match.ts';
import { expectError, shown } from './outcome.ts';
import {
  attempt,
  isJson,
  type Json,
  listOf,
  meets,
  type Operation,
  type Report,
  Skip,
  type SpecFile,
  type SpecTest,
} from './report.ts';
import { preference, World } from './world.ts';

const inRange = (spec: SpecFile, version: string) =>
  meets(spec['runOn'], version) &&
  meets(
    [{ minServerVersion: spec['minServerVersion'], maxServerVersion: spec['maxServerVersion'] }],
    version,
  );

/** The driver has options where the older formats have arguments by other names. */
function argumentsOf(operation: Operation): Json {
  const { options, requests, readPreference, ...rest } = operation.arguments ?? {};
  return {
    ...rest,
    ...(isJson(options) ? options : {}),
    ...(requests === undefined ? {} : { requests }),
    ...(isJson(readPreference) ? { readPreference: preference(readPreference) } : {}),
  };
}

/** Runs a file of the older CRUD and retryable formats: one operation a test, its result and the data that is left. */
export async function runLegacyCrud(
  spec: SpecFile,
  uri: string,
  version: string,
  report: Report,
): Promise<void> {
  for (const test of spec.tests ?? []) {
    if (!inRange(spec, version) || spec['bucket_name']) {
      report(
        test.description,
        'skip',
        spec['bucket_name'] ? 'GridFS' : 'asks for another version or topology',
      );
      continue;
    }
    const world = await World.start(uri, isJson(test['clientOptions']) ? test['clientOptions'] : {});
    await attempt(report, test.description, () => runOne(spec, test, world));
    await world.end();
  }
}

async function runOne(spec: SpecFile, test: SpecTest, world: World): Promise<void> {
  const operation = test.operation as Operation;
  const db = world.client.db(String(spec['database_name'] ?? 'crud-legacy'));
  const collection = db.collection(String(spec['collection_name'] ?? 'test'));
  world.entities.set('collection', collection).set('database', db).set('client', world.client);
  await collection.drop();
  const data = listOf<Json>(spec['data']).map((document) => ({ ...document }));
  if (data.length > 0) await collection.insertMany(data);
  if (isJson(test['failPoint'])) await db.admin().command(test['failPoint']);
  const outcome = (
    isJson(test['outcome']) ? test['outcome'] : { error: operation.error, result: operation.result }
  ) as Json;
  let [value, error]: [unknown, MongoServerError | undefined] = [undefined, undefined];
  try {
    value = await world.perform({
      ...operation,
      object: operation.object ?? 'collection',
      arguments: argumentsOf(operation),
    });
  } catch (thrown) {
    if (thrown instanceof Skip) throw thrown;
    error = thrown as MongoServerError;
  }
  const result = outcome['result'];
  if (outcome['error'] === true)
    expectError(
      {
        ...operation,
        expectError: isJson(result)
          ? { errorLabelsContain: result['errorLabelsContain'], errorLabelsOmit: result['errorLabelsOmit'] }
          : {},
      },
      error,
      value,
    );
  else if (error) throw error;
  else if (result !== undefined && isJson(result) && result['upsertedCount'] === undefined)
    match({ ...result }, shown(value), world.entities);
  else if (result !== undefined) match(result, shown(value), world.entities);
  const left = isJson(outcome['collection']) ? outcome['collection'] : undefined;
  if (left)
    match(
      left['data'],
      await db
        .collection(String(left['name'] ?? collection.collectionName))
        .find()
        .sort({ _id: 1 })
        .toArray(),
      world.entities,
      false,
      'outcome',
    );
}

/** Runs a file of the older format of the transaction tests: sessions by the names session0 and session1. */
export async function runLegacyTransactions(
  spec: SpecFile,
  uri: string,
  version: string,
  report: Report,
): Promise<void> {
  for (const test of spec.tests ?? []) {
    const needsMore = test['useMultipleMongoses'] === true || /"secondary"/i.test(JSON.stringify(test));
    if (test.skipReason || needsMore || !inRange(spec, version)) {
      report(
        test.description,
        'skip',
        needsMore ? 'needs several servers' : 'asks for another version or topology',
      );
      continue;
    }
    const world = await World.start(uri, isJson(test['clientOptions']) ? test['clientOptions'] : {});
    await attempt(report, test.description, () => runTransactionTest(spec, test, world));
    await world.end();
  }
}

async function runTransactionTest(spec: SpecFile, test: SpecTest, world: World): Promise<void> {
  const { client, entities } = world;
  const db = client.db(String(spec['database_name']));
  const name = String(spec['collection_name']);
  await db.collection(name).drop();
  await db.createCollection(name);
  const data = listOf<Json>(spec['data']).map((document) => ({ ...document }));
  if (data.length > 0) await db.collection(name).insertMany(data);
  if (isJson(test['failPoint'])) await db.admin().command(test['failPoint']);
  entities.set('database', db).set('client', client);
  for (const session of ['session0', 'session1']) {
    const options = isJson(test['sessionOptions']) ? test['sessionOptions'][session] : {};
    entities.set(session, client.startSession(withPreference(isJson(options) ? options : {})));
  }

  const perform = async (operation: Operation): Promise<unknown> => {
    const options = withPreference(operation.collectionOptions ?? {});
    entities.set('collection', db.collection(name, options));
    if (operation.name !== 'withTransaction')
      return world.perform({ ...operation, arguments: argumentsOf(operation) });
    const { callback, options: terms } = operation.arguments ?? {};
    const session = entities.get(operation.object) as ReturnType<typeof client.startSession>;
    const operations = isJson(callback) ? listOf<Operation>(callback['operations']) : [];
    return session.withTransaction(
      async () => {
        for (const inner of operations) await run(inner, true);
      },
      withPreference(isJson(terms) ? terms : {}),
    );
  };
  const run = async (operation: Operation, inCallback = false): Promise<void> => {
    let [value, error]: [unknown, MongoServerError | undefined] = [undefined, undefined];
    try {
      value = await perform(operation);
    } catch (thrown) {
      if (thrown instanceof Skip) throw thrown;
      error = thrown as MongoServerError;
    }
    const { result } = operation;
    const wantsError =
      operation.error === true ||
      (isJson(result) &&
        ['errorContains', 'errorCodeName', 'errorLabelsContain', 'errorLabelsOmit'].some(
          (field) => field in result,
        ));
    if (wantsError) {
      expectError({ ...operation, expectError: isJson(result) ? result : {} }, error, value);
      if (inCallback) throw error;
    } else if (error) throw error;
    else if (result !== undefined) match(result, shown(value), entities);
  };

  for (const operation of test.operations ?? []) await run(operation);
  for (const session of ['session0', 'session1'])
    await (entities.get(session) as ReturnType<typeof client.startSession>).endSession();
  const left =
    isJson(test['outcome']) && isJson(test['outcome']['collection'])
      ? test['outcome']['collection']
      : undefined;
  if (!left) return;
  const found = await db
    .collection(String(left['name'] ?? name), { readPreference: ReadPreference.primary })
    .find()
    .sort({ _id: 1 })
    .toArray();
  match(left['data'], found, entities, false, 'outcome');
}

function withPreference(options: Json): Json {
  const { readPreference, defaultTransactionOptions: defaults, ...rest } = options;
  return {
    ...rest,
    ...(isJson(readPreference) ? { readPreference: preference(readPreference) } : {}),
    ...(isJson(defaults) ? { defaultTransactionOptions: withPreference(defaults) } : {}),
  };
}
