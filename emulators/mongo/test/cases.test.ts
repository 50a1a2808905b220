import { BSON, type Collection, type Db, type Document, type MongoClient, MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DATES } from './cases/dates.ts';
import { FILTERS } from './cases/filters.ts';
import { EXPRESSIONS, MISSING, PIPELINES, Refused, SALES, STOCK } from './cases/pipelines.ts';
import { PROJECTIONS } from './cases/projections.ts';
import { TEXTS } from './cases/texts.ts';
import { UPDATES, UPSERTS } from './cases/updates.ts';
import { ORDER, VALUES } from './cases/values.ts';
import { connect, startTestServer } from './server.ts';

/**
 * The answers that MongoDB's manual gives, compared with their types. They run against the emulator and, where
 * MONGODB_TEST_URI names one, against a real MongoDB.
 */
let server: Awaited<ReturnType<typeof startTestServer>>;
let client: MongoClient;
let db: Db;
let collection: Collection;
beforeAll(async () => {
  server = await startTestServer();
  client = await connect(server.uri, { promoteValues: false });
  db = client.db(`cases_${process.pid}`);
  collection = db.collection('main');
});
afterAll(async () => {
  await db.dropDatabase();
  await client.close();
  await server.stop();
});

/** Extended JSON tells types apart: 1 is an int, 1.0 a double. */
const typed = (value: unknown) => BSON.EJSON.stringify({ value }, { relaxed: false });
const expectTyped = (actual: unknown, expected: unknown) => expect(typed(actual)).toBe(typed(expected));

async function fill(documents: readonly Document[], name = 'main'): Promise<void> {
  await db.collection(name).deleteMany({});
  if (documents.length > 0)
    await db.collection(name).insertMany(documents.map((document) => ({ ...document })));
}

async function expectCode(code: number, work: Promise<unknown>): Promise<void> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MongoServerError);
  expect(Number((error as MongoServerError).code)).toBe(code);
}

describe('values come back as they were stored', () => {
  test.each(VALUES)('%s', async (_title, type, value) => {
    await fill([{ _id: 1 as never, v: value }]);
    expectTyped((await collection.findOne({}))?.['v'], value);
    expect(Number(await collection.countDocuments({ v: { $type: type } } as Document))).toBe(1);
    expect(Number(await collection.countDocuments({ v: { $in: [value] } } as Document))).toBe(1);
  });
});

describe('values sort in MongoDB’s order', () => {
  test('going up and down, with and without an index', async () => {
    const documents = ORDER.map(([title, v], at) => ({ _id: at, title, v }));
    const expected = documents.map(({ title }) => title);
    for (const indexed of [false, true]) {
      await fill(documents.toReversed());
      if (indexed) await collection.createIndex({ v: 1 });
      const titles = async (direction: 1 | -1) =>
        (await collection.find({}).sort({ v: direction, _id: direction }).toArray()).map(
          ({ title }) => title,
        );
      expect(await titles(1)).toEqual(expected);
      expect(await titles(-1)).toEqual(expected.toReversed());
    }
    await collection.drop();
  });
});

describe('filters', () => {
  test.each(FILTERS)('$title', async ({ documents, filter, selects }) => {
    await fill(documents);
    const find = () => collection.find(filter).sort({ _id: 1 }).toArray();
    if (typeof selects === 'number') await expectCode(selects, find());
    else
      expectTyped(
        (await find()).map(({ _id }) => _id),
        selects,
      );
  });
});

describe('filters give the same answers through an index', () => {
  const fields = (filter: Document) => Object.keys(filter).filter((field) => !field.startsWith('$'));
  const indexable = FILTERS.filter(
    ({ filter, selects }) => fields(filter).length > 0 && Array.isArray(selects),
  );
  test.each(indexable)('$title', async ({ documents, filter, selects }) => {
    await collection.drop();
    await fill(documents);
    await collection.createIndex(
      Object.fromEntries(
        fields(filter)
          .slice(0, 1)
          .map((field) => [field, 1]),
      ),
    );
    const found = await collection.find(filter).sort({ _id: 1 }).toArray();
    expectTyped(
      found.map(({ _id }) => _id),
      selects,
    );
  });
});

describe('projections', () => {
  test.each(PROJECTIONS)('$title', async ({ document, filter, projection, shown }) => {
    await collection.drop();
    await fill([document]);
    const find = () => collection.find(filter, { projection }).toArray();
    if (shown instanceof Refused) await expectCode(shown.code, find());
    else expectTyped(await find(), [shown]);
  });
});

describe.each([
  ['updates', UPDATES],
  ['upserts', UPSERTS],
])('%s', (_kind, cases) => {
  test.each(cases)('$title', async ({ before, filter = {}, update, arrayFilters, after }) => {
    await fill(before ? [before] : []);
    const run = () =>
      collection.updateOne(filter, update, { upsert: !before, ...(arrayFilters ? { arrayFilters } : {}) });
    const replace = () => collection.replaceOne(filter, update as Document, { upsert: true });
    const isReplacement = !Array.isArray(update) && !Object.keys(update)[0]?.startsWith('$');
    if (typeof after === 'number') {
      await expectCode(after, run());
      expectTyped(await collection.find({}).toArray(), before ? [before] : []);
    } else {
      await (isReplacement ? replace() : run());
      expectTyped(await collection.find({}).toArray(), [after]);
    }
  });
});

describe.each([
  ['expressions', EXPRESSIONS],
  ['dates', DATES],
  ['texts', TEXTS],
])('%s', (_kind, cases) => {
  beforeAll(() => fill([cases[0]?.document as Document]));
  test.each(cases)('$title', async ({ expression, value }) => {
    const run = () => collection.aggregate([{ $replaceWith: { value: expression } }]).toArray();
    if (value instanceof Refused) await expectCode(value.code, run());
    else expectTyped(await run(), [value === MISSING ? {} : { value }]);
  });
});

describe('pipelines', () => {
  beforeAll(async () => {
    await fill(SALES);
    await fill(STOCK, 'stock');
  });
  test.each(PIPELINES)('$title', async ({ pipeline, results }) => {
    const run = () => collection.aggregate(pipeline).toArray();
    if (results instanceof Refused) await expectCode(results.code, run());
    else expectTyped(await run(), results);
  });
});
