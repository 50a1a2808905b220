import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { SessionRow, SessionStatus } from './session.ts';

export interface SessionFilter {
  userId?: string | undefined;
  clientId?: string | undefined;
  /** As Clerk names it: `expired` is an active session whose time has passed. */
  status?: string | undefined;
}

/** Sessions in SQLite. */
export type SessionStore = ReturnType<typeof createSessionStore>;

export function createSessionStore(db: DatabaseSync) {
  const insert = db.prepare(
    `INSERT INTO sessions (id, user_id, client_id, status, last_active_at, expire_at, abandon_at, created_at, updated_at)
     VALUES (:id, :user_id, :client_id, :status, :last_active_at, :expire_at, :abandon_at, :created_at, :updated_at)`,
  );
  const byId = db.prepare('SELECT * FROM sessions WHERE id = ?');
  const activeOfUser = db.prepare(
    "SELECT * FROM sessions WHERE user_id = ? AND status = 'active' AND expire_at > ? ORDER BY seq",
  );
  const setStatus = db.prepare('UPDATE sessions SET status = ?, updated_at = ? WHERE seq = ?');

  const where = ({ userId, clientId, status }: SessionFilter, now: number) => {
    const sql = ['TRUE'];
    const values: SQLInputValue[] = [];
    if (userId !== undefined) values.push(userId) && sql.push('user_id = ?');
    if (clientId !== undefined) values.push(clientId) && sql.push('client_id = ?');
    if (status !== undefined) {
      sql.push("CASE WHEN status = 'active' AND expire_at <= ? THEN 'expired' ELSE status END = ?");
      values.push(now, status);
    }
    return { sql: sql.join(' AND '), values };
  };

  return {
    add: (session: Omit<SessionRow, 'seq'>) =>
      void insert.run(session as unknown as Record<string, SQLInputValue>),
    find: (id: string) => byId.get(id) as SessionRow | undefined,
    activeOf: (userId: string, now: number) => activeOfUser.all(userId, now) as unknown as SessionRow[],
    setStatus: (seq: number, status: SessionStatus, now: number) => void setStatus.run(status, now, seq),

    /** The newest first. */
    list(filter: SessionFilter, now: number, { limit, offset }: { limit: number; offset: number }) {
      const { sql, values } = where(filter, now);
      return db
        .prepare(`SELECT * FROM sessions WHERE ${sql} ORDER BY created_at DESC, seq DESC LIMIT ? OFFSET ?`)
        .all(...values, limit, offset) as unknown as SessionRow[];
    },
    count(filter: SessionFilter, now: number): number {
      const { sql, values } = where(filter, now);
      return Number(db.prepare(`SELECT count(*) AS n FROM sessions WHERE ${sql}`).get(...values)?.n);
    },
  };
}
