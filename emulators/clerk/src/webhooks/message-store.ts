import type { DatabaseSync } from 'node:sqlite';

/**
 * How a message stands: waiting for its next try, taken by the receiver, given up after the last try, lost on purpose,
 * or never tried because no address was set.
 */
export type MessageState = 'pending' | 'delivered' | 'failed' | 'dropped' | 'unsent';

/** A webhook message as stored. Times are milliseconds since the epoch. */
export interface MessageRow {
  seq: number;
  /** The `svix-id`. */
  id: string;
  type: string;
  body: string;
  state: MessageState;
  /** How many tries of the schedule have been made. */
  tries: number;
  /** When the next try falls due; null where none does. */
  due_at: number | null;
  /** The order among messages that fall due at the same time. */
  rank: number;
  /** How many times more than once it is sent. */
  copies: number;
  created_at: number;
}

/** Why a message was sent: its turn had come, a fault doubles it, or somebody asked for it. */
export type AttemptReason = 'schedule' | 'duplicate' | 'manual';

/** One sending of a message: what was asked, what was answered, when, and how long it took. */
export interface Attempt {
  reason: AttemptReason;
  url: string;
  headers: Record<string, string>;
  startedAt: number;
  durationMs: number;
  /** Null where no answer came; `error` then says why. */
  status: number | null;
  /** The beginning of the answer's body. */
  answer: string | null;
  error: string | null;
}

/** After how many messages or attempts finished messages beyond the history are forgotten. */
const PRUNE_EVERY = 100;

/** Webhook messages and the attempts to deliver them, in SQLite. */
export type MessageStore = ReturnType<typeof createMessageStore>;

/** @param historyLimit how many of the newest messages are kept once they are finished; pending ones always are */
export function createMessageStore(db: DatabaseSync, historyLimit: number) {
  const insert = db.prepare(
    `INSERT INTO messages (id, type, body, state, tries, due_at, rank, copies, created_at)
     VALUES (?, ?, ?, ?, 0, ?, 0, 0, ?)`,
  );
  const byId = db.prepare('SELECT * FROM messages WHERE id = ?');
  const due = db.prepare('SELECT * FROM messages WHERE due_at <= ? ORDER BY due_at, rank, seq LIMIT ?');
  const nextDue = db.prepare('SELECT min(due_at) AS due_at FROM messages WHERE due_at > ?');
  const page = db.prepare('SELECT * FROM messages WHERE seq < ? ORDER BY seq DESC LIMIT ?');
  const setState = db.prepare('UPDATE messages SET state = ?, tries = ?, due_at = ? WHERE seq = ?');
  const setPlace = db.prepare('UPDATE messages SET rank = ?, copies = ? WHERE seq = ?');
  const setDue = db.prepare('UPDATE messages SET due_at = ? WHERE seq = ? AND due_at IS NOT NULL');
  const insertAttempt = db.prepare(
    `INSERT INTO attempts (message_seq, reason, url, headers, started_at, duration_ms, status, answer, error)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const attempts = db.prepare('SELECT * FROM attempts WHERE message_seq = ? ORDER BY seq');
  const prune = db.prepare(
    'DELETE FROM messages WHERE due_at IS NULL AND seq <= (SELECT max(seq) FROM messages) - ?',
  );
  /** Once in a while forgets finished messages beyond the history; what belongs to them goes with them. */
  const pruneAt = (count: number) => {
    if (count % PRUNE_EVERY === 0) prune.run(historyLimit);
  };

  return {
    /** Writes a message, due at once or never, and answers its sequence number. */
    add(message: Pick<MessageRow, 'id' | 'type' | 'body' | 'state' | 'due_at' | 'created_at'>): number {
      const { id, type, body, state, due_at, created_at } = message;
      const seq = Number(insert.run(id, type, body, state, due_at, created_at).lastInsertRowid);
      pruneAt(seq);
      return seq;
    },
    find: (id: string) => byId.get(id) as MessageRow | undefined,
    due: (now: number, limit: number) => due.all(now, limit) as unknown as MessageRow[],
    /** When the next message falls due after a time. */
    nextDueAfter: (time: number) => (nextDue.get(time)?.due_at ?? undefined) as number | undefined,
    /** The newest first, those before a sequence number. */
    page: (before: number, limit: number) => page.all(before, limit) as unknown as MessageRow[],
    setState: (seq: number, state: MessageState, tries: number, dueAt: number | null) =>
      void setState.run(state, tries, dueAt, seq),
    setPlace: (seq: number, rank: number, copies: number) => void setPlace.run(rank, copies, seq),
    /** Moves the next try of a pending message. */
    setDue: (seq: number, dueAt: number) => void setDue.run(dueAt, seq),
    addAttempt(seq: number, attempt: Attempt) {
      const { reason, url, headers, startedAt, durationMs, status, answer, error } = attempt;
      const values = [
        seq,
        reason,
        url,
        JSON.stringify(headers),
        startedAt,
        durationMs,
        status,
        answer,
        error,
      ];
      pruneAt(Number(insertAttempt.run(...values).lastInsertRowid));
    },
    attemptsOf: (seq: number): Attempt[] =>
      attempts.all(seq).map((row) => ({
        reason: row.reason as AttemptReason,
        url: String(row.url),
        headers: JSON.parse(String(row.headers)) as Record<string, string>,
        startedAt: Number(row.started_at),
        durationMs: Number(row.duration_ms),
        status: row.status as number | null,
        answer: row.answer as string | null,
        error: row.error as string | null,
      })),
  };
}
