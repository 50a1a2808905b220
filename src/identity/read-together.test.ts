import { expect, test } from 'vitest';
import { readTogether } from './read-together.ts';

function reader(values: Record<string, string>) {
  const queries: string[][] = [];
  const read = readTogether(async (keys) => {
    queries.push(keys);
    if (keys.includes('broken')) throw new Error('no answer');
    return new Map(keys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]] as const])));
  });
  return { read, queries };
}

test('reads that come together are one query, each key once, and each gets its own answer', async () => {
  const { read, queries } = reader({ a: '1', b: '2' });
  expect(await Promise.all([read('a'), read('b'), read('a'), read('nobody')])).toEqual(['1', '2', '1', null]);
  expect(queries).toEqual([['a', 'b', 'nobody']]);
});

test('a read that comes later is a query of its own: nothing is remembered', async () => {
  const values: Record<string, string> = { a: 'old' };
  const { read, queries } = reader(values);
  const first = read('a');
  await new Promise((resolve) => setImmediate(resolve));
  values.a = 'new';
  expect(await read('a')).toBe('new');
  expect(await first).toBeTypeOf('string');
  expect(queries).toHaveLength(2);
});

test('a query that fails fails its own reads alone', async () => {
  const { read } = reader({ a: '1' });
  await expect(Promise.all([read('a'), read('broken')])).rejects.toThrow('no answer');
  expect(await read('a')).toBe('1');
});
