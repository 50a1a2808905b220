import { snapshot } from './clerk-event.ts';
import { ClerkUnavailable, type ClerkUsers } from './clerk-users.ts';
import type { MirroredUser } from './mirror.ts';
import type { UserStore } from './user-store.ts';

export interface ProvisionOptions {
  clerkUsers: ClerkUsers;
  store: UserStore;
  /** Told of each user who has a welcome e-mail coming. */
  onWelcome(clerkId: string): void;
  now: () => number;
}

/** Fetches one user from Clerk into the mirror; null where Clerk has no such user. */
export type Provision = (clerkId: string) => Promise<MirroredUser | null>;

/** That Clerk has no such user is remembered so long, ms: a token that lives on must not have Clerk asked each time. */
const UNKNOWN_MS = 10_000;
const MOST_UNKNOWN = 10_000;

/** Older accounts are not welcomed, ms: they come back, for the first time since there is this backend. */
const NEW_ACCOUNT_MS = 7 * 24 * 60 * 60_000;

/**
 * The first request of a user of whom no webhook has told yet (B5): one call to Clerk, however many requests wait; what
 * it says goes through the reducer, so that a webhook that comes meanwhile, or another process, changes nothing about the
 * result. While Clerk asks to be left alone, it is.
 *
 * @throws ClerkUnavailable
 */
export function createProvision({ clerkUsers, store, onWelcome, now }: ProvisionOptions): Provision {
  const underWay = new Map<string, Promise<MirroredUser | null>>();
  const unknownUntil = new Map<string, number>();
  let blockedUntil = 0;

  async function fetchUser(clerkId: string): Promise<MirroredUser | null> {
    if (now() < (unknownUntil.get(clerkId) ?? 0)) return null;
    if (now() < blockedUntil) throw new ClerkUnavailable(Math.ceil((blockedUntil - now()) / 1000));
    const askedAt = now();
    const user = await clerkUsers.get(clerkId).catch((error: unknown) => {
      if (error instanceof ClerkUnavailable) blockedUntil = now() + error.retryAfter * 1000;
      throw error;
    });
    if (user === null) {
      remember(clerkId);
      return null;
    }
    const isNew = askedAt - user.created_at < NEW_ACCOUNT_MS;
    const { user: stored } = await store.apply(snapshot(user, askedAt, isNew));
    if (stored?.sync.welcomeDueAt) onWelcome(clerkId);
    return stored;
  }

  function remember(clerkId: string): void {
    const [oldest] = unknownUntil.keys();
    if (unknownUntil.size >= MOST_UNKNOWN && oldest !== undefined) unknownUntil.delete(oldest);
    unknownUntil.delete(clerkId);
    unknownUntil.set(clerkId, now() + UNKNOWN_MS);
  }

  return (clerkId) => {
    let flight = underWay.get(clerkId);
    if (flight === undefined) {
      flight = fetchUser(clerkId).finally(() => underWay.delete(clerkId));
      underWay.set(clerkId, flight);
    }
    return flight;
  };
}
