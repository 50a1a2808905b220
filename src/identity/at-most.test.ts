import { expect, onTestFinished, test, vi } from 'vitest';
import { atMost } from './at-most.ts';

test('so many run at a time, the others in their turn, and one that fails makes room like any other', async () => {
  const inTurn = atMost(2, { waitMs: 60_000 });
  const begun: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const works = ends.map(({ promise }, index) =>
    inTurn(async () => {
      begun.push(index);
      await promise;
      return index;
    }),
  );
  expect(begun).toEqual([0, 1]);
  const failure = expect(works[0]).rejects.toThrow('no');
  ends[0]?.reject(new Error('no'));
  await failure;
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  ends[2]?.resolve();
  expect(await works[2]).toBe(2);
  ends[1]?.resolve();
  ends[3]?.resolve();
  expect(await Promise.all([works[1], works[3]])).toEqual([1, 3]);
  expect(await inTurn(async () => 'again')).toBe('again');
});

test('whose turn does not come in time is not run, and takes nobody else’s place', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const inTurn = atMost(1, { waitMs: 1000 });
  const end = Promise.withResolvers<string>();
  const first = inTurn(() => end.promise);
  const late = vi.fn(async () => 'late');
  const second = inTurn(late);
  vi.advanceTimersByTime(999);
  const third = inTurn(async () => 'third');
  vi.advanceTimersByTime(1);
  expect(await second).toBeUndefined();
  end.resolve('first');
  expect([await first, await third]).toEqual(['first', 'third']);
  expect(late).not.toHaveBeenCalled();
  expect(await inTurn(async () => 'again')).toBe('again');
});
