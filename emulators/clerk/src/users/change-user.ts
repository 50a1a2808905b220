import type { Instance } from '../instance.ts';
import type { Caller } from '../webhooks/events.ts';
import type { UserJson, UserRow } from './user.ts';
import type { NewUser } from './user-store.ts';
import { viewUser } from './user-view.ts';

/** Changes a user and tells the webhook. */
export function changeUser(
  instance: Instance,
  row: UserRow,
  change: Partial<NewUser>,
  caller: Caller,
): UserJson {
  // Two changes of a user never bear the same millisecond: over a real network they could not either.
  const updatedAt = Math.max(instance.clock.now(), row.updated_at + 1);
  instance.users.change(row.seq, { ...change, updated_at: updatedAt });
  return announceUser(instance, 'user.updated', row.seq, caller);
}

/** Tells the webhook of a new or changed user, and answers the user in Clerk's form. */
export function announceUser(
  instance: Instance,
  type: 'user.created' | 'user.updated',
  seq: number,
  caller: Caller,
): UserJson {
  const row = instance.users.findBySeq(seq);
  if (row === undefined) throw new Error(`no user ${seq}`);
  const user = viewUser(instance, row);
  instance.emit(type, user, caller);
  return user;
}
