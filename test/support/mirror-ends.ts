import { apply, type MirrorEvent, type MirroredUser } from '../../src/identity/mirror.ts';
import type { History } from './clerk-histories.ts';

/** The user after these events; one that has to wait for the user comes again after the others, as Inngest's retry would. */
export function settle(events: readonly MirrorEvent[]): MirroredUser | null {
  let user: MirroredUser | null = null;
  const waiting: MirrorEvent[] = [];
  const take = (event: MirrorEvent) => {
    const { next, outcome } = apply(user, event);
    user = next;
    return outcome;
  };
  for (const event of events) if (take(event) === 'unknownUser') waiting.push(event);
  for (const event of waiting) take(event);
  return user;
}

/** What one look at Clerk after a history says. */
export function reconciliation({ clerkId, truth, happened }: History): MirrorEvent {
  const timestamp =
    Math.max(...happened.map((event) => ('version' in event ? event.version.timestamp : 0))) + 1;
  const version = { updatedAt: truth?.updatedAt.getTime() ?? timestamp, timestamp, svixId: '' };
  if (truth === null) return { kind: 'deleted', clerkId, version };
  return { kind: 'profile', clerkId, profile: truth, version, welcome: false };
}

/** What anybody can see of a user. A tombstone has nothing to see. */
export function seen(user: MirroredUser | null) {
  if (user === null || user.status === 'deleted') return { profile: null, endedSessions: [] };
  const { clerkId: _, sync, ...profile } = user;
  return { profile, endedSessions: sync.endedSessions.map(({ id }) => id).sort() };
}

/** What is to be seen after a history. */
export function expected({ truth, endedSessions }: History) {
  return truth === null ? { profile: null, endedSessions: [] } : { profile: truth, endedSessions };
}

/** A user with all of the bookkeeping that does not depend on how many writes it took. */
export function bookkeeping(user: MirroredUser | null) {
  if (user === null) return null;
  const { revision: _, ...sync } = user.sync;
  return { ...user, sync };
}
