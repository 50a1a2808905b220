import { snapshot } from './clerk-event.ts';
import type { ClerkUsers } from './clerk-users.ts';
import type { EraseUser } from './erase-user.ts';
import { driftOf } from './reconcile.ts';
import type { UserStore } from './user-store.ts';

export interface MendUserParts {
  clerkUsers: ClerkUsers;
  store: UserStore;
  eraseUser: EraseUser;
  now: () => number;
}

export type Mended = 'same' | 'missing' | 'different' | 'gone' | 'resurrected' | 'nowhere';

/** Brings one user's mirror in line with Clerk, and says what was wrong. @throws ClerkUnavailable */
export type MendUser = (clerkId: string, options?: { isDry?: boolean }) => Promise<Mended>;

export function createMendUser({ clerkUsers, store, eraseUser, now }: MendUserParts): MendUser {
  return async (clerkId, { isDry = false } = {}) => {
    const askedAt = now();
    const user = await clerkUsers.get(clerkId);
    const current = await store.read(clerkId);
    if (user === null) {
      if (current === null || current.status === 'deleted') return current === null ? 'nowhere' : 'same';
      if (!isDry) await eraseUser(clerkId, { timestamp: askedAt, svixId: '' });
      return 'gone';
    }
    const event = snapshot(user, askedAt, false);
    const drift = driftOf(current, event);
    if (drift === undefined) return 'same';
    if (drift !== 'resurrected' && !isDry) await store.apply(event);
    return drift;
  };
}
