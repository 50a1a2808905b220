import fc from 'fast-check';
import type { Collection, Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, startTestServer } from './server.ts';

/**
 * Random sequences of writes, run against the server and against a plain model of a collection: a map and a loop. What
 * is left, and what is found, must be the same, with and without indexes.
 */
let server: Awaited<ReturnType<typeof startTestServer>>;
let client: MongoClient;
let collection: Collection<Item>;
beforeAll(async () => {
  server = await startTestServer();
  client = await connect(server.uri);
  collection = client.db(`model_${process.pid}`).collection<Item>('items');
});
afterAll(async () => {
  await collection.drop();
  await client.close();
  await server.stop();
});

interface Item extends Document {
  _id: number;
  n: number;
  tag: string;
  list: number[];
}
type Condition = {
  field: 'n' | 'tag' | 'list';
  operator: '$eq' | '$gt' | '$lte' | '$in' | '$ne';
  value: number | string;
};

const number = fc.integer({ min: -3, max: 8 });
const tag = fc.constantFrom('a', 'b', 'B', 'ab', '');
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    field: fc.constantFrom('n', 'list'),
    operator: fc.constantFrom('$eq', '$gt', '$lte', '$in', '$ne'),
    value: number,
  }),
  fc.record({
    field: fc.constant('tag'),
    operator: fc.constantFrom('$eq', '$gt', '$lte', '$in', '$ne'),
    value: tag,
  }),
) as fc.Arbitrary<Condition>;
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      item: fc.record({
        _id: fc.integer({ min: 0, max: 30 }),
        n: number,
        tag,
        list: fc.array(number, { maxLength: 3 }),
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('increment' as const), where: condition, by: number }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('push' as const), where: condition, value: number }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), where: condition }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('find' as const), where: condition, down: fc.boolean() }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const toFilter = ({ field, operator, value }: Condition) => ({
  [field]: operator === '$in' ? { $in: [value, 2] } : { [operator]: value },
});

function holds({ field, operator, value }: Condition, item: Item): boolean {
  const values: (number | string)[] = Array.isArray(item[field])
    ? item[field]
    : [item[field] as number | string];
  if (operator === '$ne') return !values.includes(value);
  return values.some((one) => {
    if (operator === '$eq') return one === value;
    if (operator === '$in') return one === value || one === 2;
    if (typeof one !== typeof value) return false;
    return operator === '$gt' ? one > value : one <= value;
  });
}

async function perform(model: Map<number, Item>, action: Step): Promise<void> {
  if (action.kind === 'insert') {
    const accepted = await collection.insertOne({ ...action.item }).then(
      () => true,
      ({ code }: { code: number }) => code !== 11000,
    );
    expect(accepted).toBe(!model.has(action.item._id));
    if (accepted) model.set(action.item._id, structuredClone(action.item));
    return;
  }
  const filter = toFilter(action.where) as Document;
  const matched = [...model.values()].filter((item) => holds(action.where, item));
  switch (action.kind) {
    case 'increment': {
      const { matchedCount } = await collection.updateMany(filter, { $inc: { n: action.by } });
      expect(matchedCount).toBe(matched.length);
      for (const item of matched) item.n += action.by;
      return;
    }
    case 'push':
      await collection.updateMany(filter, { $push: { list: action.value } } as Document);
      for (const item of matched) item.list.push(action.value);
      return;
    case 'delete':
      expect((await collection.deleteMany(filter)).deletedCount).toBe(matched.length);
      for (const { _id } of matched) model.delete(_id);
      return;
    case 'find': {
      const sign = action.down ? -1 : 1;
      const found = await collection.find(filter).sort({ n: sign, _id: 1 }).toArray();
      const expected = matched.toSorted((a, b) => (a.n - b.n) * sign || a._id - b._id);
      expect(found).toEqual(expected);
    }
  }
}

test.each([
  ['without indexes', []],
  ['with indexes on every field', [{ n: 1, _id: 1 }, { tag: -1 }, { list: 1 }, { n: -1 }]],
] as const)('a collection is what its writes make it, %s', async (_title, indexes) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      await collection.drop();
      for (const index of indexes) await collection.createIndex(index as Document as never);
      const model = new Map<number, Item>();
      for (const action of steps) await perform(model, action);
      expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual(
        [...model.values()].toSorted((a, b) => a._id - b._id),
      );
    }),
    { numRuns: 30 },
  );
});
