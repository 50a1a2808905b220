import type { User } from '../identity/user.ts';
import { lesserRole, type Role, roleFrom } from './roles.ts';

/** What of a token's claims decides, beside the user. */
export interface TokenFacts {
  sessionId: string;
  /** When the token was made, s since the epoch. */
  issuedAt: number;
  /** The role that the token carries, as it stands there. */
  claimedRole: unknown;
}

export type Refusal = 'user_not_found' | 'user_not_active' | 'session_ended';

/**
 * Why a valid token is refused all the same: authority that was taken away is gone as soon as the mirror knows (B10),
 * though the token lives on for up to a minute.
 */
export function refusalOf({ sessionId }: Pick<TokenFacts, 'sessionId'>, user: User): Refusal | undefined {
  if (user.status === 'deleted') return 'user_not_found';
  if (user.status !== 'active') return 'user_not_active';
  return user.sync.endedSessions.some(({ id }) => id === sessionId) ? 'session_ended' : undefined;
}

/**
 * The role that counts: the token's, unless the mirror knows a later state of the user and that he had that role; then the
 * lesser of the two, so that a role that was taken away is gone, and one that was granted waits for the next token (B10).
 */
export function effectiveRole({ issuedAt, claimedRole }: TokenFacts, user: User): Role {
  const claimed = roleFrom(claimedRole);
  const { version, highestRole } = user.sync;
  const isOlder = issuedAt * 1000 < Math.max(version.updatedAt, version.timestamp);
  const hadIt = lesserRole(claimed, highestRole) === claimed;
  return isOlder && hadIt ? lesserRole(claimed, user.role) : claimed;
}

/** The value at a dotted path of the session claims, such as `role` or `metadata.role`; undefined where there is none. */
export function claimAt(claims: object, path: string): unknown {
  let value: unknown = claims;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
