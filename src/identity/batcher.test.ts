import { describe, expect, test } from 'vitest';
import { createBatcher } from './batcher.ts';

/** A batcher of words whose batches are written down; a batch ends when `finish` is called. */
function words({ mostItems = 3, mostBytes = 100, gapMs = 0 } = {}) {
  const batches: string[][] = [];
  const finish: ((errors: unknown[]) => void)[] = [];
  const add = createBatcher<string>({
    mostItems,
    mostBytes,
    gapMs,
    bytesOf: (word) => word.length,
    flush(batch) {
      batches.push(batch);
      return new Promise((resolve) => finish.push(resolve));
    },
  });
  const started = (count: number) => expect.poll(() => batches.length, { interval: 1 }).toBe(count);
  return { add, batches, finish, started };
}

describe('things that come together', () => {
  test('share a batch; what comes while it is under way makes up the next', async () => {
    const { add, batches, finish, started } = words();
    const first = Promise.all([add('a'), add('b')]);
    await started(1);
    const second = Promise.all([add('c'), add('d')]);
    finish[0]?.([]);
    await first;
    await started(2);
    finish[1]?.([]);
    await second;
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  test('share a batch, too, where they come one by one within the gap', async () => {
    const { add, batches, finish, started } = words({ gapMs: 100 });
    const first = add('a');
    await started(1);
    finish[0]?.([]);
    await first;
    const rest = [add('b')];
    await new Promise((resolve) => setImmediate(resolve));
    rest.push(add('c'));
    await started(2);
    finish[1]?.([]);
    await Promise.all(rest);
    expect(batches).toEqual([['a'], ['b', 'c']]);
  });

  test('are answered each by its own outcome', async () => {
    const { add, finish, started } = words();
    const all = Promise.allSettled([add('a'), add('b'), add('c')]);
    await started(1);
    finish[0]?.([undefined, new Error('b is bad')]);
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('all fail with a batch that fails as a whole, and the next one starts', async () => {
    const add = createBatcher<string>({
      mostItems: 2,
      mostBytes: 100,
      bytesOf: () => 1,
      flush: (batch) => (batch.includes('bad') ? Promise.reject(new Error('down')) : Promise.resolve([])),
    });
    const all = await Promise.allSettled([add('bad'), add('a'), add('b')]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  test('are split by number and by size; one that is larger than a batch goes alone', async () => {
    const { add, batches, finish, started } = words({ mostItems: 3, mostBytes: 5 });
    const all = Promise.all(['a', 'b', 'c', 'd', 'eeeeeeee', 'ffff', 'gg'].map(add));
    for (let count = 1; count <= 4; count++) {
      await started(count);
      finish[count - 1]?.([]);
    }
    await started(5);
    finish[4]?.([]);
    await all;
    expect(batches).toEqual([['a', 'b', 'c'], ['d'], ['eeeeeeee'], ['ffff'], ['gg']]);
  });
});
