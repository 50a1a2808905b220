import type { RunError } from '../protocol/run-error.ts';
import type { Database } from './database.ts';

type StepStatus = 'pending' | 'completed' | 'failed';

export interface Step {
  id: string;
  op: string;
  name: string;
  status: StepStatus;
  /** JSON: what the SDK is given for the step, `{"data":…}`, `{"error":…}` or `null`. */
  result: string | null;
  attempts: number;
  createdAt: number;
  endedAt: number | null;
}

export interface Failure {
  stepId: string;
  attempt: number;
  at: number;
  error: RunError;
}

export interface StepStore {
  /** Keeps a step that will settle later; false where the run already has one of that id. */
  plan(runId: string, step: { id: string; op: string; name: string }, at: number): boolean;
  /** Settles a step, planned before or not; false where it was already settled. */
  settle(runId: string, step: Settled, at: number): boolean;
  /** Whether steps of the run wait to be settled. */
  hasPending(runId: string): boolean;
  isPending(runId: string, stepId: string): boolean;
  /** The settled steps in the order in which they settled. */
  settled(runId: string): { id: string; result: string }[];
  list(runId: string): Step[];
  addFailure(runId: string, failure: Failure): void;
  failures(runId: string): Failure[];
}

interface Settled {
  id: string;
  op: string;
  name: string;
  status: 'completed' | 'failed';
  result: string;
  attempts: number;
  /** How long it took, in ms. */
  duration: number;
}

interface Row {
  id: string;
  op: string;
  name: string;
  status: string;
  result: string | null;
  attempts: number;
  created_at: number;
  ended_at: number | null;
}

interface FailureRow {
  step_id: string;
  attempt: number;
  at: number;
  error: string;
}

export function createStepStore(db: Database): StepStore {
  let position =
    db.read<{ last: number | null }>('SELECT max(position) AS last FROM steps').first()?.last ?? 0;
  const plan = db.write(
    `INSERT OR IGNORE INTO steps (run_id, id, op, name, status, attempts, created_at)
     VALUES (?, ?, ?, ?, 'pending', 0, ?)`,
  );
  const settle = db.write(
    `INSERT INTO steps (run_id, id, op, name, status, result, attempts, created_at, ended_at, position)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 - ?10, ?8, ?9)
     ON CONFLICT DO UPDATE SET op = ?3, status = ?5, result = ?6, attempts = ?7, ended_at = ?8, position = excluded.position
     WHERE status = 'pending'`,
  );
  const pending = db.read<{ n: number }>(
    `SELECT 1 AS n FROM steps WHERE run_id = ? AND status = 'pending' LIMIT 1`,
  );
  const onePending = db.read<{ n: number }>(
    `SELECT 1 AS n FROM steps WHERE run_id = ? AND id = ? AND status = 'pending'`,
  );
  const settled = db.read<{ id: string; result: string }>(
    `SELECT id, result FROM steps WHERE run_id = ? AND status <> 'pending' ORDER BY position`,
  );
  const list = db.read<Row>('SELECT * FROM steps WHERE run_id = ? ORDER BY created_at, position');
  const addFailure = db.write(
    'INSERT INTO failures (run_id, step_id, attempt, at, error) VALUES (?, ?, ?, ?, ?)',
  );
  const failures = db.read<FailureRow>('SELECT * FROM failures WHERE run_id = ? ORDER BY rowid');
  return {
    plan: (runId, { id, op, name }, at) => plan(runId, id, op, name, at).changes > 0,
    settle: (runId, { id, op, name, status, result, attempts, duration }, at) =>
      settle(runId, id, op, name, status, result, attempts, at, ++position, Math.round(duration)).changes > 0,
    hasPending: (runId) => pending.first(runId) !== undefined,
    isPending: (runId, stepId) => onePending.first(runId, stepId) !== undefined,
    settled: (runId) => settled.all(runId),
    list: (runId) =>
      list.all(runId).map(({ created_at, ended_at, status, ...rest }) => ({
        ...rest,
        status: status as StepStatus,
        createdAt: created_at,
        endedAt: ended_at,
      })),
    addFailure: (runId, { stepId, attempt, at, error }) =>
      void addFailure(runId, stepId, attempt, at, JSON.stringify(error)),
    failures: (runId) =>
      failures.all(runId).map(({ step_id, attempt, at, error }) => ({
        stepId: step_id,
        attempt,
        at,
        error: JSON.parse(error) as RunError,
      })),
  };
}
