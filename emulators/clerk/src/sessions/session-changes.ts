import { refuse } from '../http/api-error.ts';
import { newId } from '../ids.ts';
import type { Instance } from '../instance.ts';
import type { UserRow } from '../users/user.ts';
import { viewUser } from '../users/user-view.ts';
import type { Caller } from '../webhooks/events.ts';
import { isActive, type SessionJson, type SessionRow, type SessionStatus, sessionJson } from './session.ts';

const LIFETIME_MS = 7 * 86_400_000;
const ABANDONED_AFTER_MS = 30 * 86_400_000;

/** @throws ApiError 404 `resource_not_found` */
export function findSession({ sessions }: Instance, id: string): SessionRow {
  const row = sessions.find(id);
  if (row === undefined) throw refuse.sessionNotFound(id);
  return row;
}

/**
 * Signs a user in.
 *
 * @throws ApiError 403 `user_banned`
 */
export function createSession(instance: Instance, user: UserRow, caller: Caller): SessionJson {
  const { sessions, users, clock } = instance;
  if (user.banned === 1) throw refuse.userBanned();
  const now = clock.now();
  const id = newId('sess', now);
  sessions.add({
    id,
    user_id: user.id,
    client_id: newId('client', now),
    status: 'active',
    last_active_at: now,
    expire_at: now + LIFETIME_MS,
    abandon_at: now + ABANDONED_AFTER_MS,
    created_at: now,
    updated_at: now,
  });
  users.change(user.seq, { last_sign_in_at: now, last_active_at: now });
  return announce(instance, 'session.created', id, caller);
}

/**
 * Ends a session: `ended` by its user, `removed` from the browser with the sign-out, `revoked` by the backend.
 * A session that is not active stays as it is.
 */
export function endSession(
  instance: Instance,
  row: SessionRow,
  status: Exclude<SessionStatus, 'active'>,
  caller: Caller,
): SessionJson {
  const { sessions, clock } = instance;
  const now = clock.now();
  if (!isActive(row, now)) return sessionJson(row, now);
  sessions.setStatus(row.seq, status, Math.max(now, row.updated_at + 1));
  return announce(instance, `session.${status}`, row.id, caller);
}

/** Revokes every active session of a user. */
export function revokeSessionsOf(instance: Instance, userId: string, caller: Caller): void {
  for (const row of instance.sessions.activeOf(userId, instance.clock.now())) {
    endSession(instance, row, 'revoked', caller);
  }
}

function announce(
  instance: Instance,
  type: 'session.created' | 'session.ended' | 'session.removed' | 'session.revoked',
  id: string,
  caller: Caller,
): SessionJson {
  const row = findSession(instance, id);
  const session = sessionJson(row, instance.clock.now());
  const user = instance.users.find(row.user_id);
  if (user !== undefined) instance.emit(type, { ...session, user: viewUser(instance, user) }, caller);
  return session;
}
