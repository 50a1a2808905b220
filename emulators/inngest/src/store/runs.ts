import type { Database } from './database.ts';

type RunStatus = 'scheduled' | 'running' | 'completed' | 'failed' | 'cancelled';

/** A place that a run or a step takes up under a concurrency limit. */
export interface Slot {
  key: string;
  limit: number;
}

/** A step that invoked a function. */
export interface Invoker {
  runId: string;
  stepId: string;
}

export interface Slots {
  /** Held while one of the run's steps is being called. */
  step: Slot[];
  /** Held from the run's first call to its end. */
  run: Slot[];
}

export interface Run {
  id: string;
  functionId: string;
  /** Internal ids of the events that it was started for; more than one only for a batch. */
  eventIds: string[];
  cron: string | null;
  status: RunStatus;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** JSON: what the function returned, or its error. */
  output: string | null;
  /** The protocol's version that the SDK chose; -1 until its first answer. */
  version: number;
  /** Whether the SDK is to report every step before it runs it, because it runs some in parallel. */
  plansSteps: boolean;
  /** The steps that invoked this run and wait for its end: several where it is a batch of invocations. */
  invokers: Invoker[];
  /** By how much the run goes ahead of others, in ms. */
  priority: number;
  slots: Slots | null;
  singleton: string | null;
}

export interface RunStore {
  insert(run: Run): void;
  get(id: string): Run | undefined;
  /** Marks the first call. */
  start(id: string, at: number): void;
  /** Stores what the SDK's answers say about how to go on. */
  setProtocol(id: string, version: number, plansSteps: boolean): void;
  end(id: string, status: RunStatus, output: string | null, at: number): void;
  ofEvent(internalId: string): Run[];
  /** The run under way that holds a singleton's key. */
  holding(singleton: string): Run | undefined;
  /** Runs that hold places under a limit of runs, after a restart. */
  holdingSlots(): Run[];
  /** Newest first; `before` is the row that the page begins after. */
  list(filter: { functionId?: string | undefined; status?: string | undefined; limit: number }): Run[];
  countByStatus(): Record<string, number>;
}

interface Row {
  id: string;
  function_id: string;
  event_id: string;
  event_ids: string | null;
  cron: string | null;
  status: string;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  output: string | null;
  version: number;
  plans_steps: number;
  invokers: string | null;
  priority: number;
  slots: string | null;
  singleton: string | null;
}

export function createRunStore(db: Database): RunStore {
  const insert = db.write(
    `INSERT INTO runs (id, function_id, event_id, event_ids, cron, status, created_at, version, plans_steps,
       invokers, priority, slots, singleton)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const get = db.read<Row>('SELECT * FROM runs WHERE id = ?');
  const start = db.write(
    `UPDATE runs SET status = 'running', started_at = ? WHERE id = ? AND started_at IS NULL`,
  );
  const setProtocol = db.write('UPDATE runs SET version = ?, plans_steps = ? WHERE id = ?');
  const end = db.write('UPDATE runs SET status = ?, output = ?, ended_at = ? WHERE id = ?');
  const ofEvent = db.read<Row>('SELECT * FROM runs WHERE event_id = ? ORDER BY seq');
  const holding = db.read<Row>('SELECT * FROM runs WHERE singleton = ? AND ended_at IS NULL');
  const holdingSlots = db.read<Row>(`SELECT * FROM runs WHERE status = 'running' AND slots IS NOT NULL`);
  const list = db.read<Row>(
    `SELECT * FROM runs WHERE (?1 IS NULL OR function_id = ?1) AND (?2 IS NULL OR status = ?2)
     ORDER BY seq DESC LIMIT ?3`,
  );
  const count = db.read<{ status: string; n: number }>(
    'SELECT status, count(*) AS n FROM runs GROUP BY status',
  );
  return {
    insert: (run) =>
      void insert(
        run.id,
        run.functionId,
        run.eventIds[0]!,
        run.eventIds.length > 1 ? JSON.stringify(run.eventIds) : null,
        run.cron,
        run.status,
        run.createdAt,
        run.version,
        run.plansSteps ? 1 : 0,
        run.invokers.length > 0 ? JSON.stringify(run.invokers) : null,
        run.priority,
        run.slots && JSON.stringify(run.slots),
        run.singleton,
      ),
    get(id) {
      const row = get.first(id);
      return row && toRun(row);
    },
    start: (id, at) => void start(at, id),
    setProtocol: (id, version, plansSteps) => void setProtocol(version, plansSteps ? 1 : 0, id),
    end: (id, status, output, at) => void end(status, output, at, id),
    ofEvent: (internalId) => ofEvent.all(internalId).map(toRun),
    holding(singleton) {
      const row = holding.first(singleton);
      return row && toRun(row);
    },
    holdingSlots: () => holdingSlots.all().map(toRun),
    list: ({ functionId, status, limit }) => list.all(functionId ?? null, status ?? null, limit).map(toRun),
    countByStatus: () => Object.fromEntries(count.all().map(({ status, n }) => [status, n])),
  };
}

function toRun(row: Row): Run {
  return {
    id: row.id,
    functionId: row.function_id,
    eventIds: row.event_ids === null ? [row.event_id] : (JSON.parse(row.event_ids) as string[]),
    cron: row.cron,
    status: row.status as RunStatus,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    output: row.output,
    version: row.version,
    plansSteps: row.plans_steps === 1,
    invokers: row.invokers === null ? [] : (JSON.parse(row.invokers) as Invoker[]),
    priority: row.priority,
    slots: row.slots === null ? null : (JSON.parse(row.slots) as Slots),
    singleton: row.singleton,
  };
}
