import type { Database } from './database.ts';
import type { Slots } from './runs.ts';

/**
 * What is to be done at a time: call the app; end a sleep; give up waiting for an event or an invoked run; start the run
 * of a debounced or batched event; cancel a run that did not start or finish in time; tick a schedule; deliver an event
 * that a fault switch held back.
 */
type JobKind =
  | 'call'
  | 'sleep'
  | 'wait-timeout'
  | 'invoke-timeout'
  | 'debounce'
  | 'batch'
  | 'start-timeout'
  | 'finish-timeout'
  | 'cron'
  | 'deliver';

export interface Job {
  id: number;
  kind: JobKind;
  runId: string | null;
  functionId: string;
  /** For a call: the step to run, or `step` to let the function go on. */
  stepId: string | null;
  /** How many attempts failed before. */
  attempt: number;
  /** When it is due, in ms since the epoch. */
  at: number;
  /** What is due goes in the order of this: the time less the run's priority, in ms. */
  score: number;
  /** What a job without a run is about: the key of a debounce or batch, a cron's schedule, an event. */
  subject: string | null;
  slots: Slots | null;
}

export type NewJob = Pick<Job, 'kind' | 'functionId' | 'at'> & Partial<Job>;

export interface JobStore {
  insert(job: NewJob): Job;
  remove(id: number): void;
  /** Removes all of a run's jobs and answers their ids. */
  removeOfRun(runId: string): number[];
  reschedule(job: Job): void;
  all(): Job[];
}

interface Row {
  id: number;
  kind: string;
  run_id: string | null;
  function_id: string;
  step_id: string | null;
  attempt: number;
  at: number;
  score: number;
  subject: string | null;
  slots: string | null;
}

export function createJobStore(db: Database): JobStore {
  const insert = db.write(
    `INSERT INTO jobs (kind, run_id, function_id, step_id, attempt, at, score, subject)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = db.write('DELETE FROM jobs WHERE id = ?');
  const ofRun = db.read<{ id: number }>('SELECT id FROM jobs WHERE run_id = ?');
  const reschedule = db.write('UPDATE jobs SET attempt = ?, at = ?, score = ? WHERE id = ?');
  const all = db.read<Row>(
    'SELECT jobs.*, runs.slots AS slots FROM jobs LEFT JOIN runs ON runs.id = jobs.run_id ORDER BY jobs.id',
  );
  return {
    insert(fields) {
      const job: Job = {
        runId: null,
        stepId: null,
        attempt: 0,
        score: fields.at,
        subject: null,
        slots: null,
        ...fields,
        id: 0,
      };
      const { lastInsertRowid } = insert(
        job.kind,
        job.runId,
        job.functionId,
        job.stepId,
        job.attempt,
        job.at,
        job.score,
        job.subject,
      );
      job.id = lastInsertRowid;
      return job;
    },
    remove: (id) => void remove(id),
    removeOfRun(runId) {
      const ids = ofRun.all(runId).map(({ id }) => id);
      for (const id of ids) remove(id);
      return ids;
    },
    reschedule: ({ id, attempt, at, score }) => void reschedule(attempt, at, score, id),
    all: () =>
      all.all().map(({ kind, run_id, function_id, step_id, slots, ...rest }) => ({
        ...rest,
        kind: kind as JobKind,
        runId: run_id,
        functionId: function_id,
        stepId: step_id,
        slots: slots === null ? null : (JSON.parse(slots) as Slots),
      })),
  };
}
