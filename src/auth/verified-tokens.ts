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

interface Entry {
  token: string;
  auth: ClerkAuth;
}

/**
 * Remembers tokens that were verified until they expire; times are checked again on each use. They are found by the end
 * of their signature, and are the same where every byte is. Only valid tokens get in, so that garbage cannot push them
 * out; the oldest goes when it is full.
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
  const entries = new Map<string, Entry>();

  function dropOldest(condition: (oldest: ClerkAuth) => boolean): void {
    for (const [key, { auth }] of entries) {
      if (condition(auth)) entries.delete(key);
      return;
    }
  }

  return {
    get(token) {
      const key = keyOf(token);
      const entry = entries.get(key);
      if (entry?.token !== token) return undefined;
      if (isCurrent(entry.auth, now())) return entry.auth;
      entries.delete(key);
      return undefined;
    },
    set(token, auth) {
      const key = keyOf(token);
      entries.delete(key);
      // Tokens live equally long, so those that expired are the oldest: two for each new one, and they are soon gone.
      dropOldest((oldest) => !isCurrent(oldest, now()));
      dropOldest((oldest) => entries.size >= capacity || !isCurrent(oldest, now()));
      entries.set(key, { token, auth });
    },
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}

/** As good as unique: 384 bits of the signature. The rest of the token would only be hashed. */
const keyOf = (token: string) => token.slice(-64);

/** RFC 7519, sections 4.1.4 to 4.1.6, as the SDK checks them. */
function isCurrent({ sessionClaims: { exp, nbf, iat } }: ClerkAuth, now: number): boolean {
  return (
    exp * 1000 > now - CLOCK_SKEW_MS &&
    (nbf === undefined || nbf * 1000 <= now + CLOCK_SKEW_MS) &&
    (iat === undefined || iat * 1000 <= now + CLOCK_SKEW_MS)
  );
}
