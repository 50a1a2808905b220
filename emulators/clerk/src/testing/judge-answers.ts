import { afterAll, expect } from 'vitest';
import type { DescribedApi } from './described-api.ts';

/**
 * When the tests of a file are over, in whatever order they ran: every answer had the shape that Clerk describes, and
 * these calls were among those compared.
 */
export function judgeAnswers(api: () => DescribedApi, calls: readonly string[]): void {
  afterAll(() => {
    const { described, faults, compared } = api();
    if (!described) {
      process.stdout.write('Answers not compared: Clerk’s description of its API is not here.\n');
      return;
    }
    expect(faults).toEqual([]);
    const missing = calls.filter((call) => !compared.has(call));
    expect(missing, 'calls that no test of this file made: was it run in part?').toEqual([]);
  });
}
