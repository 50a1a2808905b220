import type { Database } from './database.ts';

/** Numbers under a key that are forgotten after a time: event ids seen, idempotency keys, rate limits. */
export interface Counters {
  /** The number under a key, or undefined where there is none or its time is over. */
  get(key: string, now: number): number | undefined;
  set(key: string, value: number, expiresAt: number): void;
  /** Takes a key for a time; false where it is taken. */
  take(key: string, now: number, forMs: number): boolean;
  /** Forgets what is over. */
  prune(now: number): void;
}

export function createCounters(db: Database): Counters {
  const get = db.read<{ value: number }>('SELECT value FROM counters WHERE key = ? AND expires_at > ?');
  const set = db.write('INSERT OR REPLACE INTO counters (key, value, expires_at) VALUES (?, ?, ?)');
  const prune = db.write('DELETE FROM counters WHERE expires_at <= ?');
  return {
    get: (key, now) => get.first(key, now)?.value,
    set: (key, value, expiresAt) => void set(key, value, expiresAt),
    take(key, now, forMs) {
      if (get.first(key, now)) return false;
      set(key, now, now + forMs);
      return true;
    },
    prune: (now) => void prune(now),
  };
}
