import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import type { Role } from '../auth/roles.ts';
import { HttpError } from '../http/errors.ts';
import type { Profile } from '../identity/mirror.ts';
import type { Directory, User } from '../identity/user.ts';
import type { ClerkAccounts } from './clerk-accounts.ts';
import { unlessLastAdmin } from './last-admin.ts';

export interface ChangeUserParts {
  connection: Connection;
  directory: Directory;
  accounts: ClerkAccounts;
  now: () => number;
}

export interface Changed {
  user: User;
  /** Whether the mirror has the change already: then tokens made before it carry the lesser authority of the two. */
  mirrored: boolean;
  /** What it was before. */
  before: Pick<Profile, 'role' | 'status'>;
}

/** How long an answer waits for the webhook to bring the change back, ms. */
const MIRROR_MS = 3000;
const AGAIN_MS = 25;

/** What an administrator does to a user: at Clerk, and back through the webhook. */
export function createChangeUser(parts: ChangeUserParts) {
  const { directory, accounts, now } = parts;

  /** @throws HttpError `user_not_found`, also for a user who is deleted here while Clerk still has him */
  async function change(
    clerkId: string,
    removesAdmin: boolean,
    apply: () => Promise<Profile>,
  ): Promise<Changed> {
    const known = await directory.find(clerkId);
    if (known === null || known.status === 'deleted') throw new HttpError('user_not_found');
    const before = await accounts.get(clerkId);
    const isAdmin = before.role === 'admin' && before.status === 'active';
    const after = isAdmin && removesAdmin ? await unlessLastAdmin(clerkId, parts, apply) : await apply();
    const user = await untilMirrored(clerkId, after);
    return { user: user ?? known, mirrored: user !== null && isAsAt(user, after), before };
  }

  /** The user when the mirror is at least as new as Clerk's answer, or as it stands when the time is up. */
  async function untilMirrored(clerkId: string, { updatedAt }: Profile): Promise<User | null> {
    const giveUpAt = now() + MIRROR_MS;
    for (;;) {
      const user = await directory.read(clerkId);
      if (user === null || isAsAt(user, { updatedAt }) || now() >= giveUpAt) return user;
      await sleep(AGAIN_MS);
    }
  }

  return {
    setRole: (clerkId: string, role: Role) =>
      change(clerkId, role !== 'admin', () => accounts.setRole(clerkId, role)),
    ban: (clerkId: string) => change(clerkId, true, () => accounts.ban(clerkId)),
    unban: (clerkId: string) => change(clerkId, false, () => accounts.unban(clerkId)),
  };
}

const isAsAt = (user: User, { updatedAt }: Pick<Profile, 'updatedAt'>) => user.updatedAt >= updatedAt;
