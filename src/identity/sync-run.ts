import { type Connection, type Model, Schema } from 'mongoose';
import {
  addDrift,
  type Cursor,
  type Drift,
  isPlausible,
  NO_DRIFT,
  type Reconcile,
  START,
} from './reconcile.ts';

/** How far a reconciliation has come, and what it found. It outlives the process; times are ms since the epoch. */
export interface SyncRun {
  /** `command` for `npm run sync`, `nightly` for the function: one row each. */
  _id: 'command' | 'nightly';
  startedAt: number;
  /** When the last page was done. */
  updatedAt: number;
  /** null while it is not at its end */
  finishedAt: number | null;
  /** Where to go on; null after the last page. */
  cursor: Cursor | null;
  /** What was found, before it was mended. */
  drift: Drift;
  /** Those of the users who are gone that were erased. */
  erased: number;
  /** So many were gone that nobody was erased. */
  isImplausible: boolean;
}

export interface SyncRuns {
  /** Goes on where the last run was interrupted within a day, or begins anew. */
  begin(kind: SyncRun['_id'], options?: { isAnew?: boolean }): Promise<SyncRun>;
  /** Does the next page; done twice after an interruption, it does no harm. */
  page(run: SyncRun): Promise<SyncRun>;
  /** After the last page: erases some of those who are gone. At its end `finishedAt` is set. */
  erase(run: SyncRun, options?: { isConfirmed?: boolean }): Promise<SyncRun>;
  last(): Promise<SyncRun[]>;
}

/** An interrupted run is taken up again within this time, ms. */
const RESUMED_MS = 24 * 60 * 60_000;

/** Runs of a reconciliation that are noted page by page. */
export function createSyncRuns(parts: {
  runs: Model<SyncRun>;
  reconcile: Reconcile;
  now: () => number;
}): SyncRuns {
  const { runs, reconcile, now } = parts;

  async function save(run: SyncRun): Promise<SyncRun> {
    const { _id, ...fields } = { ...run, updatedAt: now() };
    await runs.updateOne({ _id }, { $set: fields }, { upsert: true });
    return { _id, ...fields };
  }

  return {
    async begin(kind, { isAnew = false } = {}) {
      const last = await runs.findById(kind).lean<SyncRun>();
      const isOpen = last !== null && last.finishedAt === null && now() - last.updatedAt < RESUMED_MS;
      if (isOpen && !isAnew) return last;
      return save({
        _id: kind,
        startedAt: now(),
        updatedAt: now(),
        finishedAt: null,
        cursor: START,
        drift: NO_DRIFT,
        erased: 0,
        isImplausible: false,
      });
    },

    async page(run) {
      const { next, drift } = await reconcile.page(run.cursor ?? START);
      return save({ ...run, cursor: next, drift: addDrift(run.drift, drift) });
    },

    async erase(run, { isConfirmed = false } = {}) {
      const since = new Date(run.startedAt);
      const found = await reconcile.gone(since);
      // What was erased before counts with the rest: the share is of the whole run.
      const gone = { gone: found.gone + run.erased, all: found.all + run.erased };
      if (!isConfirmed && !isPlausible(gone)) return save({ ...run, isImplausible: true, finishedAt: now() });
      const { erased, isDone } = await reconcile.eraseGone(since);
      return save({ ...run, erased: run.erased + erased, finishedAt: isDone ? now() : null });
    },

    last: () => runs.find().lean<SyncRun[]>(),
  };
}

const runSchema = new Schema(
  {
    _id: { type: String, required: true },
    startedAt: Number,
    updatedAt: Number,
    finishedAt: { type: Number, default: null },
    cursor: { type: Schema.Types.Mixed, default: null },
    drift: Schema.Types.Mixed,
    erased: Number,
    isImplausible: Boolean,
  },
  { versionKey: false, strict: 'throw', minimize: false },
);

/** The collection `sync_runs`. */
export function syncRunModel(connection: Connection): Model<SyncRun> {
  const known = connection.models.SyncRun as Model<SyncRun> | undefined;
  return known ?? connection.model<SyncRun>('SyncRun', runSchema, 'sync_runs');
}
