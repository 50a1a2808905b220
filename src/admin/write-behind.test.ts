import { expect, test, vi } from 'vitest';
import { createWriteBehind } from './write-behind.ts';

/** A store that can be away. */
function store() {
  const written: number[][] = [];
  const lost: number[] = [];
  const errors: unknown[] = [];
  const state = { isAway: false };
  const buffer = createWriteBehind<{ n: number }>({
    async write(batch, dropped) {
      if (state.isAway) throw new Error('away');
      written.push(batch.map(({ n }) => n));
      lost.push(dropped);
    },
    onError: (error) => errors.push(error),
  });
  return { buffer, written, lost, errors, state };
}

test('what comes together is written together, without anybody waiting, and each once', async () => {
  const { buffer, written } = store();
  const twice = { n: 1 };
  for (const item of [twice, { n: 2 }, twice]) buffer.add(item);
  expect(written).toEqual([]);
  await vi.waitFor(() => expect(written).toEqual([[1, 2]]));
  buffer.add(twice);
  await buffer.flush();
  expect(written).toEqual([[1, 2], [1]]);
});

test('what could not be written waits, in order, and is written when it can be', async () => {
  const { buffer, written, state } = store();
  state.isAway = true;
  buffer.add({ n: 1 });
  await expect(buffer.flush()).rejects.toThrow('away');
  buffer.add({ n: 2 });
  state.isAway = false;
  await buffer.flush();
  expect(written.flat().sort()).toEqual([1, 2]);
});

test('while the store is away the memory is bounded, and what is dropped is counted', async () => {
  const { buffer, written, lost, state } = store();
  state.isAway = true;
  for (let n = 0; n < 20_500; n++) buffer.add({ n });
  await expect(buffer.flush()).rejects.toThrow('away');
  state.isAway = false;
  await buffer.flush();
  expect(written.flat()).toHaveLength(20_000);
  expect(Math.max(...written.map(({ length }) => length))).toBe(1000);
  expect(lost.reduce((sum, n) => sum + n)).toBe(500);
});

test('a failure that nobody waits for is told', async () => {
  const { buffer, errors, state } = store();
  state.isAway = true;
  buffer.add({ n: 1 });
  await vi.waitFor(() => expect(errors).toHaveLength(1));
});
