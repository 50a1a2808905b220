import { isObject, type JsonObject } from './json.ts';

/** An event as functions see it. */
export interface Event {
  /** The sender's id, or the internal one where it gave none. */
  id: string;
  name: string;
  data: JsonObject;
  /** When it happened, in ms since the epoch. A time to come delays its runs until then. */
  ts: number;
  user?: JsonObject;
  v?: string;
  meta?: JsonObject;
}

/** An event that was received: `body` is its JSON. */
export interface StoredEvent {
  internalId: string;
  event: Event;
  body: string;
  receivedAt: number;
}

const EARLIEST = Date.UTC(1980, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);
const MAX_NAME = 512;
const RESERVED = 'inngest/';

/** An event's fields checked, or why it is refused, in the real server's words (inngest: pkg/event). */
export function checkEvent(value: unknown): JsonObject | string {
  if (!isObject(value)) return 'an event must be a JSON object with at least a "name"';
  const { name, data, ts, user, id, v } = value;
  if (name !== undefined && typeof name !== 'string') return 'event name must be a string';
  if (!name) return 'event name is empty';
  if (Buffer.byteLength(name) > MAX_NAME) return `event name is longer than ${MAX_NAME} bytes`;
  if (name.toLowerCase().startsWith(RESERVED)) {
    return `event name is reserved for internal use: ${name}`;
  }
  if (data !== undefined && data !== null && !isObject(data)) return 'event data must be an object or null';
  if (user !== undefined && user !== null && !isObject(user)) return 'event user must be an object or null';
  if (id !== undefined && typeof id !== 'string') return 'event id must be a string';
  if (v !== undefined && typeof v !== 'string') return 'event v must be a string';
  if (ts !== undefined && !Number.isInteger(ts)) return 'event ts must be an integer (ms since the epoch)';
  if (typeof ts === 'number' && ts !== 0 && ts < EARLIEST) return 'timestamp is before Jan 1, 1980';
  if (typeof ts === 'number' && ts > LATEST) return 'timestamp is after Jan 1, 2100';
  return value;
}

/** Fills in what a checked event leaves out. */
export function completeEvent(fields: JsonObject, internalId: string, now: number): Event {
  const { id, name, data, ts, user, v, meta } = fields as Partial<Event>;
  return {
    data: data ?? {},
    id: id || internalId,
    name: name as string,
    ts: ts || now,
    ...(isObject(user) ? { user } : {}),
    ...(v ? { v } : {}),
    ...(isObject(meta) ? { meta } : {}),
  };
}
