import type { ClerkClient } from '@clerk/backend';
import { isClerkAPIResponseError } from '@clerk/backend/errors';
import { type ClerkUser, clerkUser } from './clerk-event.ts';
import { within } from './within.ts';

/** Clerk could not be asked, or will not answer for now. */
export class ClerkUnavailable extends Error {
  /** s to wait before the next call */
  readonly retryAfter: number;

  constructor(retryAfter: number, options?: ErrorOptions) {
    super('Clerk cannot be asked', options);
    this.name = 'ClerkUnavailable';
    this.retryAfter = retryAfter;
  }
}

/** The calls that the mirror makes to Clerk's Backend API. */
export interface ClerkUsers {
  /** @returns null where Clerk has no such user. @throws ClerkUnavailable */
  get(clerkId: string): Promise<ClerkUser | null>;
  /** Whether there was such a user to delete. @throws ClerkUnavailable */
  delete(clerkId: string): Promise<boolean>;
}

/** One call may take so long, ms: the SDK sets no limit. */
const CALL_MS = 5000;

/** What a caller is told to wait where Clerk does not say, s. */
const DEFAULT_WAIT_S = 2;
const LONGEST_WAIT_S = 300;

export function createClerkUsers(clerk: ClerkClient, { timeoutMs = CALL_MS } = {}): ClerkUsers {
  return {
    async get(clerkId) {
      const user = await orNull(within(timeoutMs, clerk.users.getUser(clerkId), 'Clerk did not answer'));
      // As the API sent it: the same form as in a webhook.
      return user === null ? null : clerkUser.parse(user.raw);
    },
    async delete(clerkId) {
      return (
        (await orNull(within(timeoutMs, clerk.users.deleteUser(clerkId), 'Clerk did not answer'))) !== null
      );
    },
  };
}

async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (cause) {
    if (isClerkAPIResponseError(cause) && cause.status === 404) return null;
    throw unavailable(cause);
  }
}

/** An error of a call to Clerk, with the time to wait. */
export function unavailable(cause: unknown): ClerkUnavailable {
  const said = isClerkAPIResponseError(cause) ? cause.retryAfter : undefined;
  const seconds = said !== undefined && said > 0 ? Math.min(Math.ceil(said), LONGEST_WAIT_S) : DEFAULT_WAIT_S;
  return new ClerkUnavailable(seconds, { cause });
}
