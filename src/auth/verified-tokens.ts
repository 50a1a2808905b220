import { hash } from 'node:crypto';
import type { ClerkAuth } from './clerk-auth.ts';

/** What may lie between our clock and Clerk's, ms: the SDK's default. */
export const CLOCK_SKEW_MS = 5000;

export interface VerifiedTokens {
  /** What was verified for exactly these bytes, where it is still valid now. */
  get(token: string): ClerkAuth | undefined;
  set(token: string, auth: ClerkAuth): void;
  clear(): void;
  readonly size: number;
}

/**
 * Remembers tokens that were verified, under the SHA-256 of their bytes, until they expire; times are checked again on
 * each use. Only valid tokens get in, so that garbage cannot push them out; the oldest goes when it is full.
 *
 * @param capacity how many tokens are kept at most
 */
export function createVerifiedTokens({
  now,
  capacity,
}: {
  now: () => number;
  capacity: number;
}): VerifiedTokens {
  const entries = new Map<string, ClerkAuth>();

  function dropOldest(condition: (oldest: ClerkAuth) => boolean): void {
    for (const [key, oldest] of entries) {
      if (condition(oldest)) entries.delete(key);
      return;
    }
  }

  return {
    get(token) {
      const key = digest(token);
      const auth = entries.get(key);
      if (auth === undefined || isCurrent(auth, now())) return auth;
      entries.delete(key);
      return undefined;
    },
    set(token, auth) {
      const key = digest(token);
      entries.delete(key);
      // Tokens live equally long, so those that expired are the oldest: two for each new one, and they are soon gone.
      dropOldest((oldest) => !isCurrent(oldest, now()));
      dropOldest((oldest) => entries.size >= capacity || !isCurrent(oldest, now()));
      entries.set(key, auth);
    },
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}

const digest = (token: string) => hash('sha256', token, 'base64url');

/** RFC 7519, sections 4.1.4 to 4.1.6, as the SDK checks them. */
function isCurrent({ sessionClaims: { exp, nbf, iat } }: ClerkAuth, now: number): boolean {
  return (
    exp * 1000 > now - CLOCK_SKEW_MS &&
    (nbf === undefined || nbf * 1000 <= now + CLOCK_SKEW_MS) &&
    (iat === undefined || iat * 1000 <= now + CLOCK_SKEW_MS)
  );
}
