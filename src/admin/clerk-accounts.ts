import type { ClerkClient, User } from '@clerk/backend';
import { isClerkAPIResponseError } from '@clerk/backend/errors';
import type { Role } from '../auth/roles.ts';
import { HttpError } from '../http/errors.ts';
import { clerkUser, profileOf } from '../identity/clerk-event.ts';
import { unavailable } from '../identity/clerk-users.ts';
import type { Profile } from '../identity/mirror.ts';
import { within } from '../identity/within.ts';

/**
 * What an administrator changes at Clerk. Each answers the user as Clerk has him afterwards, in the mirror's words.
 *
 * @throws HttpError `user_not_found`, or `clerk_unavailable`: then nobody knows whether it was done
 */
export interface ClerkAccounts {
  get(clerkId: string): Promise<Profile>;
  /** In the public metadata; what else is in there stays. */
  setRole(clerkId: string, role: Role): Promise<Profile>;
  ban(clerkId: string): Promise<Profile>;
  unban(clerkId: string): Promise<Profile>;
}

/** One call may take so long, ms: the SDK sets no limit. */
const CALL_MS = 5000;

export function createClerkAccounts({ users }: Pick<ClerkClient, 'users'>): ClerkAccounts {
  return {
    get: (id) => profile(users.getUser(id)),
    setRole: (id, role) => profile(users.updateUserMetadata(id, { publicMetadata: { role } })),
    ban: (id) => profile(users.banUser(id)),
    unban: (id) => profile(users.unbanUser(id)),
  };
}

async function profile(call: Promise<User>): Promise<Profile> {
  try {
    const { raw } = await within(CALL_MS, call, 'Clerk did not answer');
    return profileOf(clerkUser.parse(raw));
  } catch (error) {
    throw asHttpError(error);
  }
}

function asHttpError(cause: unknown): unknown {
  const status = isClerkAPIResponseError(cause) ? cause.status : undefined;
  if (status === 404) return new HttpError('user_not_found', { cause });
  // Clerk refuses the call itself: another try would not help.
  if (status !== undefined && status < 500 && status !== 429) return cause;
  return new HttpError('clerk_unavailable', {
    cause,
    headers: { 'Retry-After': String(unavailable(cause).retryAfter) },
  });
}
