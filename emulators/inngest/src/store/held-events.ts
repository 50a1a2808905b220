import type { Database } from './database.ts';
import type { Invoker } from './runs.ts';

/** An event held back under a key: the newest of a debounce, or one of a batch that is not full yet. */
interface HeldEvent {
  eventId: string;
  /** The event's own time. */
  ts: number;
  /** When the first event under this key was held. */
  since: number;
  /** The step that invoked the function with this event. */
  invoker: Invoker | null;
}

export interface HeldEvents {
  add(key: string, held: HeldEvent): void;
  list(key: string): HeldEvent[];
  count(key: string): number;
  clear(key: string): void;
}

interface Row {
  event_id: string;
  ts: number;
  since: number;
  invoker: string | null;
}

export function createHeldEvents(db: Database): HeldEvents {
  const add = db.write('INSERT INTO held_events (key, event_id, ts, since, invoker) VALUES (?, ?, ?, ?, ?)');
  const list = db.read<Row>('SELECT * FROM held_events WHERE key = ? ORDER BY rowid');
  const count = db.read<{ n: number }>('SELECT count(*) AS n FROM held_events WHERE key = ?');
  const clear = db.write('DELETE FROM held_events WHERE key = ?');
  return {
    add: (key, { eventId, ts, since, invoker }) =>
      void add(key, eventId, ts, since, invoker && JSON.stringify(invoker)),
    list: (key) =>
      list.all(key).map(({ event_id, ts, since, invoker }) => ({
        eventId: event_id,
        ts,
        since,
        invoker: invoker === null ? null : (JSON.parse(invoker) as Invoker),
      })),
    count: (key) => count.first(key)?.n ?? 0,
    clear: (key) => void clear(key),
  };
}
