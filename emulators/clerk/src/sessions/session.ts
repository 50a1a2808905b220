export type SessionStatus = 'active' | 'ended' | 'removed' | 'revoked';

/** A session as stored. Times are milliseconds since the epoch. */
export interface SessionRow {
  seq: number;
  id: string;
  user_id: string;
  client_id: string;
  status: SessionStatus;
  last_active_at: number;
  expire_at: number;
  abandon_at: number;
  created_at: number;
  updated_at: number;
}

export type SessionJson = ReturnType<typeof sessionJson>;

/** Whether a session still signs its user in: it has not been ended in any way, and it has not run out. */
export function isActive(row: SessionRow, now: number): boolean {
  return row.status === 'active' && row.expire_at > now;
}

/** A session in Clerk's form. An active one whose time has passed is `expired`, though nobody touched it. */
export function sessionJson(row: SessionRow, now: number) {
  return {
    object: 'session',
    id: row.id,
    user_id: row.user_id,
    client_id: row.client_id,
    actor: null,
    status: row.status === 'active' && !isActive(row, now) ? 'expired' : row.status,
    last_active_organization_id: null,
    last_active_at: row.last_active_at,
    latest_activity: null,
    expire_at: row.expire_at,
    abandon_at: row.abandon_at,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}
