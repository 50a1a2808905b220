import { higherRole } from '../auth/roles.ts';
import type { EndedSession, User, UserSync, Version } from './user.ts';

/** What of a user Clerk owns. */
export type Profile = Pick<
  User,
  'email' | 'emailVerified' | 'name' | 'imageUrl' | 'role' | 'status' | 'createdAt' | 'updatedAt'
>;

/** Clerk's half of a user, and the bookkeeping: what the mirror writes. The shop's half is never touched here. */
export type MirroredUser = Pick<User, 'clerkId'> & Profile & { sync: UserSync };

export type MirrorEvent =
  /** A user as Clerk had him at some time; `welcome` where hearing of him this way calls for the welcome e-mail. */
  | { kind: 'profile'; clerkId: string; profile: Profile; version: Version; welcome: boolean }
  | { kind: 'deleted'; clerkId: string; version: Version }
  | { kind: 'sessionEnded'; clerkId: string; session: EndedSession };

/**
 * `applied`: it is the latest known. `stale`: something later is known already. `duplicate`: this very thing is known
 * already. `unknownUser`: a session of a user of whom nothing is known; fetch him from Clerk, then apply it again.
 */
export type Outcome = 'applied' | 'stale' | 'duplicate' | 'unknownUser';

export interface Applied {
  /** What to store. The same object as `current` where there is nothing to write. */
  next: MirroredUser | null;
  outcome: Outcome;
}

/** How long an ended session is remembered, ms: longer than any session token lives. */
const ENDED_SESSION_MS = 24 * 60 * 60 * 1000;

/** Ended sessions remembered at most for one user. */
const ENDED_SESSIONS = 100;

/**
 * What a user becomes by an event. Pure, and the same for any order and any repetition of the same events (B3, B4): the
 * greatest version wins, `deleted` wins over everything for ever, and ended sessions are a set that only loses its oldest.
 */
export function apply(current: MirroredUser | null, event: MirrorEvent): Applied {
  if (current?.status === 'deleted') {
    return { next: current, outcome: event.kind === 'deleted' ? 'duplicate' : 'stale' };
  }
  switch (event.kind) {
    case 'deleted':
      return { next: tombstone(current, event.clerkId, event.version), outcome: 'applied' };
    case 'sessionEnded':
      return current === null ? { next: null, outcome: 'unknownUser' } : endSession(current, event.session);
    case 'profile':
      return current === null ? { next: newUser(event), outcome: 'applied' } : update(current, event);
  }
}

/** Orders versions: negative where `a` is the earlier one, 0 where they are the same. */
function compareVersions(a: Version, b: Version): number {
  return (
    a.updatedAt - b.updatedAt ||
    a.timestamp - b.timestamp ||
    (a.svixId < b.svixId ? -1 : Number(a.svixId > b.svixId))
  );
}

type ProfileEvent = Extract<MirrorEvent, { kind: 'profile' }>;

function newUser({ clerkId, profile, version, welcome }: ProfileEvent): MirroredUser {
  return {
    clerkId,
    ...profile,
    sync: {
      ...emptySync(version),
      highestRole: profile.role,
      welcomeDueAt: welcome ? new Date(version.timestamp) : null,
    },
  };
}

function update(current: MirroredUser, { profile, version, welcome }: ProfileEvent): Applied {
  const order = compareVersions(version, current.sync.version);
  const outcome = order > 0 ? 'applied' : order < 0 ? 'stale' : 'duplicate';
  const isDue = welcome && current.sync.welcomedAt === null && current.sync.welcomeDueAt === null;
  // A stale event still tells of a role that there was.
  const highestRole = higherRole(current.sync.highestRole, profile.role);
  if (order <= 0 && !isDue && highestRole === current.sync.highestRole) return { next: current, outcome };
  const next = {
    ...current,
    ...(order > 0 ? profile : {}),
    sync: {
      ...current.sync,
      revision: current.sync.revision + 1,
      highestRole,
      ...(order > 0 ? { version } : {}),
      ...(isDue ? { welcomeDueAt: new Date(version.timestamp) } : {}),
    },
  };
  return { next, outcome };
}

function endSession(current: MirroredUser, session: EndedSession): Applied {
  const before = current.sync.endedSessions;
  const endedSessions = latestSessions([...before, session]);
  if (sameSessions(before, endedSessions)) return { next: current, outcome: 'duplicate' };
  const sync = { ...current.sync, revision: current.sync.revision + 1, endedSessions };
  return { next: { ...current, sync }, outcome: 'applied' };
}

/** Each session once, at its latest end; the newest first, without those of which no token can live any more. */
function latestSessions(sessions: EndedSession[]): EndedSession[] {
  const latest = new Map<string, number>();
  for (const { id, at } of sessions) latest.set(id, Math.max(at, latest.get(id) ?? at));
  const sorted = [...latest]
    .map(([id, at]) => ({ id, at }))
    .sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
  const newest = sorted[0]?.at ?? 0;
  return sorted.filter(({ at }) => newest - at < ENDED_SESSION_MS).slice(0, ENDED_SESSIONS);
}

function sameSessions(a: EndedSession[], b: EndedSession[]): boolean {
  return a.length === b.length && a.every(({ id, at }, index) => b[index]?.id === id && b[index].at === at);
}

/** What is left of a deleted user: that there was one, so that no late event brings him back (B4). Nothing personal. */
function tombstone(current: MirroredUser | null, clerkId: string, version: Version): MirroredUser {
  const at = new Date(version.timestamp);
  return {
    clerkId,
    email: null,
    emailVerified: false,
    name: '',
    imageUrl: null,
    role: 'user',
    status: 'deleted',
    createdAt: at,
    updatedAt: at,
    sync: { ...emptySync(version), revision: (current?.sync.revision ?? 0) + 1 },
  };
}

function emptySync(version: Version): UserSync {
  return {
    version,
    revision: 1,
    highestRole: 'user',
    endedSessions: [],
    welcomedAt: null,
    welcomeDueAt: null,
    welcomeLeaseUntil: null,
    erasedAt: null,
    goneAt: null,
  };
}
