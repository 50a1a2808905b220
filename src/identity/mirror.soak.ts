import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histories } from '../../test/support/clerk-histories.ts';
import { bookkeeping, expected, reconciliation, seen, settle } from '../../test/support/mirror-ends.ts';

const RUNS = 100_000;

test(`B3 B4 ${RUNS} histories in any order, with repetitions, end in the state that Clerk has`, () => {
  fc.assert(
    fc.property(histories(), (history) => {
      const end = settle(history.events);
      expect(seen(end)).toEqual(expected(history));
      expect(bookkeeping(end)).toEqual(bookkeeping(settle(history.happened)));
    }),
    { numRuns: RUNS },
  );
});

test(`${RUNS} histories with losses end in the state that Clerk has after one reconciliation`, () => {
  fc.assert(
    fc.property(histories(), (history) => {
      const end = settle([...history.survivors, reconciliation(history)]);
      expect(seen(end).profile).toEqual(expected(history).profile);
    }),
    { numRuns: RUNS },
  );
});
