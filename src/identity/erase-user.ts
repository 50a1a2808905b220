import { deletion } from './clerk-event.ts';
import type { Ending, Ledger } from './ledger.ts';
import type { Version } from './user.ts';
import type { UserStore } from './user-store.ts';

/** Removes what else is held about a user; done twice, it does no harm. */
export type Eraser = (clerkId: string) => Promise<void>;

export type EraseUser = (clerkId: string, at: Omit<Version, 'updatedAt'>) => Promise<Ending>;

/**
 * Erases a user: the mirror keeps a tombstone, which is what refuses his tokens from then on, and the ledger and the
 * `erasers` remove the rest. Whoever calls it calls it again where it throws: every part can be repeated.
 */
export function createEraseUser(parts: {
  store: UserStore;
  ledger: Ledger;
  erasers: readonly Eraser[];
}): EraseUser {
  const { store, ledger, erasers } = parts;
  return async (clerkId, at) => {
    const { outcome } = await store.apply(deletion(clerkId, at));
    await ledger.erase(clerkId, at.svixId);
    for (const erase of erasers) await erase(clerkId);
    await store.markErased(clerkId);
    return outcome === 'duplicate' ? 'duplicate' : 'applied';
  };
}
