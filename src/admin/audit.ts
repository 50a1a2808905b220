import { type Connection, Types } from 'mongoose';
import { type AuditEvent, auditModel } from './audit-model.ts';
import { eraseAuditOfDeleted } from './personal-data.ts';
import { createWriteBehind } from './write-behind.ts';

/** What happened, as whoever saw it tells it. */
type Happening = Pick<AuditEvent, 'kind' | 'action' | 'outcome'> &
  Partial<Pick<AuditEvent, 'code' | 'actor' | 'target' | 'owner' | 'address' | 'requestId' | 'details'>>;

export interface Audit {
  /** Keeps a record; nothing waits for it. */
  note(happening: Happening): void;
  /** Adds one to the record of the same caller, action and code in the same minute; nothing waits for it. */
  count(happening: Happening): void;
  /**
   * Keeps a record and resolves when it is written; what it resolves to changes the record later, without waiting.
   *
   * @throws Error where MongoDB does not take it
   */
  begin(happening: Happening): Promise<(end: Partial<Happening>) => void>;
  /** Writes all that waits. @throws Error where MongoDB does not take it */
  flush(): Promise<void>;
}

export interface AuditOptions {
  connection: Connection;
  /** How long a record is kept, days. */
  auditDays: number;
  now: () => number;
  /** Different callers counted in one minute at most; those beyond are counted together, without saying who. */
  mostCounted?: number;
  /** Told of what could not be written for now. */
  onError(error: unknown): void;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * The audit: who was refused what, and who changed what. Each record is written whole under its own id, so that writing
 * it again, the same or changed, does no harm.
 */
export function createAudit({
  connection,
  auditDays,
  now,
  mostCounted = 5000,
  onError,
}: AuditOptions): Audit {
  const events = auditModel(connection);
  /** Those of the minute that is being counted. */
  const counted = new Map<string, AuditEvent>();
  let minute = 0;
  const buffer = createWriteBehind<AuditEvent>({ write, onError });

  async function write(batch: AuditEvent[], lost: number): Promise<void> {
    const gap = { kind: 'gap', action: 'audit', outcome: 'failed' } as const;
    const rows = lost > 0 ? [...batch, { ...record(gap, now()), count: lost }] : batch;
    await events.collection.bulkWrite(
      rows.map((row) => ({ replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true } })),
      { ordered: false },
    );
    // Last, so that a record of somebody who was erased meanwhile does not keep his address.
    await eraseAuditOfDeleted(connection, rows);
  }

  function record(happening: Happening, at: number): AuditEvent {
    return {
      _id: new Types.ObjectId(),
      at: new Date(at),
      code: null,
      actor: null,
      target: null,
      owner: null,
      address: null,
      requestId: null,
      count: 1,
      details: null,
      ...happening,
      expiresAt: new Date(at + auditDays * DAY_MS),
    };
  }

  /** The record that counts such happenings in this minute; a new one says 0. */
  function counterOf({ actor = null, address = null, ...happening }: Happening): AuditEvent {
    const key = [happening.action, happening.code, actor, address].join(' ');
    const known = counted.get(key);
    if (known) return known;
    if (counted.size >= mostCounted && (actor ?? address) !== null) return counterOf(happening);
    const counter = { ...record({ ...happening, actor, address }, minute), count: 0 };
    counted.set(key, counter);
    return counter;
  }

  return {
    note: (happening) => buffer.add(record(happening, now())),

    count(happening) {
      const at = now();
      if (at >= minute + MINUTE_MS) {
        counted.clear();
        minute = at - (at % MINUTE_MS);
      }
      const counter = counterOf(happening);
      counter.count += 1;
      buffer.add(counter);
    },

    async begin(happening) {
      const event = record(happening, now());
      buffer.add(event);
      await buffer.flush();
      return (end) => buffer.add(Object.assign(event, end));
    },

    flush: buffer.flush,
  };
}
