import { claimAt, type TokenFacts } from './authority.ts';
import type { ClerkAuth } from './clerk-auth.ts';

/** @param roleClaim the dotted path of the role in the claims (`CLERK_ROLE_CLAIM`) */
export function tokenFacts({ sessionId, sessionClaims }: ClerkAuth, roleClaim: string): TokenFacts {
  return {
    sessionId,
    issuedAt: sessionClaims.iat ?? 0,
    claimedRole: claimAt(sessionClaims, roleClaim) ?? undefined,
  };
}
