import type { Connection } from 'mongoose';
import { HttpError } from '../http/errors.ts';
import { userModel } from '../identity/user-model.ts';
import type { ClerkAccounts } from './clerk-accounts.ts';
import { takeLease } from './lease.ts';

export interface LastAdminParts {
  connection: Connection;
  accounts: Pick<ClerkAccounts, 'get'>;
  now: () => number;
}

/** Longer than the calls to Clerk that are made under it: five, of 5 s at most. */
const LEASE_MS = 30_000;
const WAIT_MS = 3000;

/** Other administrators asked about at Clerk at most: the first is nearly always enough. */
const MOST_ASKED = 4;

/**
 * Takes an administrator's authority away, unless he is the last one: an administrator is who has the role `admin` and is
 * active, at Clerk, now; `ADMIN_EMAIL` makes nobody one. Such changes happen one at a time among all processes, so
 * that two administrators cannot demote each other.
 *
 * @throws HttpError `last_admin`, `admin_change_in_progress`, and what `change` throws
 */
export async function unlessLastAdmin<T>(
  clerkId: string,
  { connection, accounts, now }: LastAdminParts,
  change: () => Promise<T>,
): Promise<T> {
  const lease = await takeLease('admins', { connection, leaseMs: LEASE_MS, waitMs: WAIT_MS, now });
  if (lease === null) throw new HttpError('admin_change_in_progress', { headers: { 'Retry-After': '1' } });
  let mayStillCome = false;
  try {
    if (!(await isAnotherLeft())) throw new HttpError('last_admin');
    return await change().catch((error: unknown) => {
      mayStillCome = isUndecided(error);
      throw error;
    });
  } finally {
    // Where Clerk did not answer, the change may still come: until the lease ends, nobody else may go.
    if (!mayStillCome) await lease.release();
  }

  /** The mirror says whom to ask about; what it says may be a moment old, so Clerk has the last word. */
  async function isAnotherLeft(): Promise<boolean> {
    const others = await userModel(connection)
      .find({ role: 'admin', status: 'active', clerkId: { $ne: clerkId } }, { clerkId: 1 })
      .sort({ _id: 1 })
      .limit(MOST_ASKED)
      .lean();
    for (const other of others) if (await isAdmin(other.clerkId)) return true;
    return false;
  }

  async function isAdmin(otherId: string): Promise<boolean> {
    try {
      const { role, status } = await accounts.get(otherId);
      return role === 'admin' && status === 'active';
    } catch (error) {
      if (error instanceof HttpError && error.code === 'user_not_found') return false;
      throw error;
    }
  }
}

const isUndecided = (error: unknown) => error instanceof HttpError && error.code === 'clerk_unavailable';
