import type { Database } from './database.ts';

export interface Pruner {
  /** To be told of each run that ended: now and then, what is too old or too much is forgotten. */
  runEnded(now: number): void;
}

const MAX_AGE = 7 * 86_400_000;
/** After so many ended runs at most twice as many are forgotten. */
const EVERY = 500;
const AT_ONCE = 2 * EVERY;

/**
 * Keeps the file bounded by what is in flight: of finished runs, and of events without a run, the newest stay.
 *
 * @param keep how many of each
 */
export function createPruner(db: Database, keep: number): Pruner {
  const oldest = db.read<{ at: number }>(
    'SELECT ended_at AS at FROM runs WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 1 OFFSET ?',
  );
  const endedBy = db.read<{ id: string }>('SELECT id FROM runs WHERE ended_at <= ? LIMIT ?');
  const removals = [
    'DELETE FROM steps WHERE run_id = ?',
    'DELETE FROM failures WHERE run_id = ?',
    'DELETE FROM runs WHERE id = ?',
  ].map((sql) => db.write(sql));
  const removeEvents = db.write(
    `DELETE FROM events WHERE seq IN (
       SELECT seq FROM events WHERE seq <= (SELECT max(seq) FROM events) - ?
         AND internal_id NOT IN (SELECT event_id FROM runs)
         AND internal_id NOT IN (SELECT value FROM runs, json_each(event_ids) WHERE event_ids IS NOT NULL)
         AND internal_id NOT IN (SELECT event_id FROM held_events)
       ORDER BY seq LIMIT ?)`,
  );
  const removeCounters = db.write('DELETE FROM counters WHERE expires_at <= ?');
  let ended = 0;
  return {
    runEnded(now) {
      ended++;
      if (ended % EVERY !== 0) return;
      const before = Math.max(now - MAX_AGE, oldest.first(keep)?.at ?? 0);
      for (const { id } of endedBy.all(before, AT_ONCE)) {
        for (const remove of removals) remove(id);
      }
      removeEvents(keep, AT_ONCE);
      removeCounters(now);
    },
  };
}
