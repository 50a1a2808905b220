import type { Event, StoredEvent } from '../protocol/event.ts';
import type { Database } from './database.ts';

interface EventFilter {
  name?: string | undefined;
  /** The internal id that the page begins after (events come newest first). */
  cursor?: string | undefined;
  receivedAfter?: number | undefined;
  receivedBefore?: number | undefined;
  limit: number;
}

export interface EventStore {
  /** Keeps an event; false where one of that internal id is already there. */
  insert(event: StoredEvent): boolean;
  get(internalId: string): StoredEvent | undefined;
  /** The event as JSON. */
  bodyOf(internalId: string): string | undefined;
  /** Newest first, without the server's own events. */
  list(filter: EventFilter): StoredEvent[];
}

interface Row {
  internal_id: string;
  received_at: number;
  body: string;
}

const COLUMNS = 'internal_id, received_at, body';

export function createEventStore(db: Database): EventStore {
  const insert = db.write(
    'INSERT OR IGNORE INTO events (internal_id, name, received_at, body) VALUES (?, ?, ?, ?)',
  );
  const get = db.read<Row>(`SELECT ${COLUMNS} FROM events WHERE internal_id = ?`);
  const body = db.read<{ body: string }>('SELECT body FROM events WHERE internal_id = ?');
  const list = db.read<Row>(
    `SELECT ${COLUMNS} FROM events
     WHERE name NOT LIKE 'inngest/%' AND (?1 IS NULL OR name = ?1)
       AND (?2 IS NULL OR seq < (SELECT seq FROM events WHERE internal_id = ?2))
       AND (?3 IS NULL OR received_at > ?3) AND (?4 IS NULL OR received_at < ?4)
     ORDER BY seq DESC LIMIT ?5`,
  );
  return {
    insert: ({ internalId, event, receivedAt, body }) =>
      insert(internalId, event.name, receivedAt, body).changes > 0,
    get(internalId) {
      const row = get.first(internalId);
      return row && toEvent(row);
    },
    bodyOf: (internalId) => body.first(internalId)?.body,
    list: ({ name, cursor, receivedAfter, receivedBefore, limit }) =>
      list
        .all(name ?? null, cursor ?? null, receivedAfter ?? null, receivedBefore ?? null, limit)
        .map(toEvent),
  };
}

function toEvent({ internal_id, received_at, body }: Row): StoredEvent {
  return { internalId: internal_id, receivedAt: received_at, body, event: JSON.parse(body) as Event };
}
