import type { Database } from './database.ts';

/** A run that an event resumes (`wait`) or ends (`cancel`). */
export interface Pause {
  id: number;
  kind: 'wait' | 'cancel';
  event: string;
  runId: string;
  stepId: string | null;
  expression: string | null;
  expiresAt: number | null;
}

/** How an expression of the form `event.<path> == async.<path>` is looked up without evaluating it. */
interface Match {
  path: string;
  /** The run's own value there, as JSON. */
  value: string;
}

export interface PauseStore {
  insert(pause: Omit<Pause, 'id'>, match: Match | undefined): void;
  remove(id: number): void;
  removeOfStep(runId: string, stepId: string): void;
  removeOfRun(runId: string): void;
  /** Whether any run waits for an event of this name. */
  isAwaited(event: string): boolean;
  /** The paths that pauses on this event are looked up by; null stands for those that need evaluating. */
  paths(event: string): (string | null)[];
  matching(event: string, path: string, value: string): Pause[];
  /** The pauses on this event whose expression has to be evaluated. */
  unindexed(event: string): Pause[];
}

interface Row {
  id: number;
  kind: string;
  event: string;
  run_id: string;
  step_id: string | null;
  expression: string | null;
  expires_at: number | null;
}

const COLUMNS = 'id, kind, event, run_id, step_id, expression, expires_at';

export function createPauseStore(db: Database): PauseStore {
  const insert = db.write(
    `INSERT INTO pauses (kind, event, run_id, step_id, expression, path, value, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = db.write('DELETE FROM pauses WHERE id = ?');
  const removeOfStep = db.write('DELETE FROM pauses WHERE run_id = ? AND step_id = ?');
  const removeOfRun = db.write('DELETE FROM pauses WHERE run_id = ?');
  const any = db.read<{ id: number }>('SELECT id FROM pauses WHERE event = ? LIMIT 1');
  const paths = db.read<{ path: string | null }>('SELECT DISTINCT path FROM pauses WHERE event = ?');
  const matching = db.read<Row>(
    `SELECT ${COLUMNS} FROM pauses WHERE event = ? AND path = ? AND value = ? ORDER BY id`,
  );
  const unindexed = db.read<Row>(
    `SELECT ${COLUMNS} FROM pauses WHERE event = ? AND path IS NULL ORDER BY id`,
  );
  return {
    insert: ({ kind, event, runId, stepId, expression, expiresAt }, match) =>
      void insert(
        kind,
        event,
        runId,
        stepId,
        expression,
        match?.path ?? null,
        match?.value ?? null,
        expiresAt,
      ),
    remove: (id) => void remove(id),
    removeOfStep: (runId, stepId) => void removeOfStep(runId, stepId),
    removeOfRun: (runId) => void removeOfRun(runId),
    isAwaited: (event) => any.first(event) !== undefined,
    paths: (event) => paths.all(event).map(({ path }) => path),
    matching: (event, path, value) => matching.all(event, path, value).map(toPause),
    unindexed: (event) => unindexed.all(event).map(toPause),
  };
}

function toPause({ run_id, step_id, expires_at, kind, ...rest }: Row): Pause {
  return { ...rest, kind: kind as Pause['kind'], runId: run_id, stepId: step_id, expiresAt: expires_at };
}
