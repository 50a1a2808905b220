import { HttpError } from '../http/errors.ts';
import { ClerkUnavailable } from './clerk-users.ts';
import type { Provision } from './provision.ts';
import { readTogether } from './read-together.ts';
import type { Directory, User } from './user.ts';
import type { UserStore } from './user-store.ts';

export interface DirectoryOptions {
  store: Pick<UserStore, 'readMany'>;
  provision: Provision;
  /** How old a user may be, ms; 0: read for each request. */
  cacheMs: number;
  now: () => number;
}

/** Users remembered at most; the longest known go first. */
const CAPACITY = 10_000;

/** A user is read along with another one who is out of date where he will be soon, or has been since just now: of `cacheMs`. */
const NEAR = 0.2;

interface Entry {
  user: Promise<User | null>;
  /** The same, once it is there. */
  known?: User;
  /** When reading it began, ms. */
  at: number;
  /** Whether somebody asked for it since. */
  isWanted: boolean;
}

/**
 * Who is behind a session. Requests that come together share one read of MongoDB, and those of one user, for `cacheMs`,
 * its result; those in use are read again together. A user whom the mirror does not know yet is fetched from Clerk (B5).
 */
export function createDirectory({ store, provision, cacheMs, now }: DirectoryOptions): Directory {
  const entries = new Map<string, Entry>();
  const read = readTogether(store.readMany);

  async function load(clerkId: string): Promise<User | null> {
    const known = await read(clerkId);
    if (known !== null) return known;
    try {
      return (await provision(clerkId)) && (await read(clerkId));
    } catch (cause) {
      if (!(cause instanceof ClerkUnavailable)) throw cause;
      throw new HttpError('clerk_unavailable', {
        cause,
        headers: { 'Retry-After': String(cause.retryAfter) },
      });
    }
  }

  function remember(clerkId: string): Promise<User | null> {
    const [oldest] = entries.keys();
    if (entries.size >= CAPACITY && oldest !== undefined) entries.delete(oldest);
    const entry: Entry = { user: load(clerkId), at: now(), isWanted: false };
    entries.delete(clerkId);
    entries.set(clerkId, entry);
    const drop = () => {
      if (entries.get(clerkId) === entry) entries.delete(clerkId);
    };
    // A failure is not remembered, nor that there is nobody: the next request asks again.
    entry.user.then((user) => {
      if (user === null) drop();
      else entry.known = user;
    }, drop);
    return entry.user;
  }

  function current(clerkId: string): Entry | undefined {
    const entry = entries.get(clerkId);
    if (entry === undefined || now() - entry.at >= cacheMs) return undefined;
    entry.isWanted = true;
    return entry;
  }

  /** One query reads those as well who are wanted and about to be read anyway; who is not wanted goes. */
  function readAlong(): void {
    for (const [clerkId, { at, isWanted }] of entries) {
      // They are in the order in which they were read.
      const overdue = now() - at - cacheMs;
      if (overdue < -cacheMs * NEAR) return;
      if (isWanted && overdue < cacheMs * NEAR) remember(clerkId);
      else entries.delete(clerkId);
    }
  }

  return {
    known: (clerkId) => current(clerkId)?.known,
    async find(clerkId) {
      if (cacheMs === 0) return load(clerkId);
      if (current(clerkId) === undefined) readAlong();
      return current(clerkId)?.user ?? remember(clerkId);
    },
    read,
    forget(clerkId) {
      entries.delete(clerkId);
    },
  };
}
