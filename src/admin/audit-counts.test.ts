import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDatabase, type TestDatabase } from '../../test/support/database.ts';
import { createAudit } from './audit.ts';
import { auditModel } from './audit-model.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase((connection) => void auditModel(connection));
});
afterAll(() => database?.stop());

test('a flood of callers is counted in full, in bounded memory, minute by minute', async () => {
  const { connection } = database;
  let at = Date.UTC(2026, 0, 1);
  const audit = createAudit({ connection, auditDays: 1, now: () => at, mostCounted: 50, onError: () => {} });
  const refusal = {
    kind: 'refusal',
    outcome: 'refused',
    action: 'GET /api/x',
    code: 'invalid_token',
  } as const;
  for (let n = 0; n < 80; n++) audit.count({ ...refusal, address: `10.0.0.${n}` });
  // Known before the flood, he is counted on under his own address.
  audit.count({ ...refusal, address: '10.0.0.0' });
  at += 60_000;
  audit.count({ ...refusal, address: '10.0.0.0' });
  await audit.flush();

  const rows = await auditModel(connection).find().lean();
  const counts = (address: string | null) =>
    rows
      .filter((row) => row.address === address)
      .map(({ at: minute, count }) => [minute.getUTCMinutes(), count]);
  expect(rows).toHaveLength(52);
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(82);
  expect(counts('10.0.0.0').sort()).toEqual([
    [0, 2],
    [1, 1],
  ]);
  expect(counts(null)).toEqual([[0, 30]]);
});
