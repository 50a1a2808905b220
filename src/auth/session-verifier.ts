import type { ClerkClient } from '@clerk/backend';
import { signedInAuthObject } from '@clerk/backend/internal';
import type { Env } from '../config/env.ts';
import { keyIdOf } from './bearer-token.ts';
import type { ClerkAuth } from './clerk-auth.ts';
import type { SigningKeys } from './signing-keys.ts';
import { CLOCK_SKEW_MS } from './verified-tokens.ts';

export interface SessionVerifierOptions {
  clerk: ClerkClient;
  env: Pick<Env, 'clerk'>;
  /** Where the public keys come from when `CLERK_JWT_KEY` is not set. */
  signingKeys: SigningKeys;
}

/** Verifies a session token: what it says, or undefined where it is not valid. */
export type SessionVerifier = (token: string) => Promise<ClerkAuth | undefined>;

/**
 * Lets Clerk's SDK decide about a token (A4). It is shown the `Authorization` header alone and a public key, so that no
 * cookie, handshake, query parameter or machine token can lead it to redirect, or to call Clerk.
 *
 * @throws Error where the keys cannot be had
 */
export function createSessionVerifier({ clerk, env, signingKeys }: SessionVerifierOptions): SessionVerifier {
  const { publishableKey, secretKey, apiUrl, authorizedParties, issuer } = env.clerk;
  return async (token) => {
    const jwtKey = env.clerk.jwtKey ?? (await signingKeys.find(keyIdOf(token) ?? ''));
    if (jwtKey === undefined) return undefined;
    const request = new Request(issuer, { headers: { authorization: `Bearer ${token}` } });
    const options = {
      publishableKey,
      secretKey,
      jwtKey,
      authorizedParties,
      issuer,
      clockSkewInMs: CLOCK_SKEW_MS,
    };
    const state = await clerk.authenticateRequest(request, { ...options, acceptsToken: 'session_token' });
    const auth = state.toAuth({ treatPendingAsSignedOut: false });
    if (!auth?.isAuthenticated || !auth.userId) return undefined;
    // Made anew from the claims: the SDK's own object keeps the whole request in memory.
    return Object.freeze(signedInAuthObject({ secretKey, apiUrl }, token, deepFreeze(auth.sessionClaims)));
  };
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) deepFreeze(part);
  }
  return Object.freeze(value);
}
