import type { ClerkClient } from '@clerk/backend';
import type { Logger } from 'pino';
import type { Env } from '../config/env.ts';
import { headerOf } from './bearer-token.ts';
import type { ClerkAuth } from './clerk-auth.ts';
import { sessionAuth } from './session-auth.ts';
import type { SigningKeys } from './signing-keys.ts';
import { CLOCK_SKEW_MS } from './verified-tokens.ts';

export interface SessionVerifierOptions {
  clerk: ClerkClient;
  env: Pick<Env, 'clerk'>;
  /** Where the public keys come from when `CLERK_JWT_KEY` is not set. */
  signingKeys: SigningKeys;
  log: Logger;
}

/** Verifies a session token: what it says, or undefined where it is not valid. */
export type SessionVerifier = (token: string) => Promise<ClerkAuth | undefined>;

/**
 * The refusals that mean a wrong setting rather than a wrong token, by the SDK's reason: the SDK looks at the claims of
 * tokens alone whose signature is right, so that nobody outside can bring these about.
 */
const SETTINGS: Record<string, string> = {
  'token-invalid-issuer':
    'CLERK_PUBLISHABLE_KEY is of another Clerk instance than the tokens that are signed with its key, or Clerk is behind a proxy and CLERK_PROXY_URL does not say so',
  'token-invalid-authorized-parties':
    'a page whose origin CLERK_AUTHORIZED_PARTIES does not list sends tokens: add it, if it is yours',
};

/**
 * Lets Clerk's SDK decide about a token (A4). It is shown the `Authorization` header alone and a public key, so that no
 * cookie, handshake, query parameter or machine token can lead it to redirect, or to call Clerk.
 *
 * @throws HttpError `clerk_unavailable` where the keys cannot be had
 */
export function createSessionVerifier({
  clerk,
  env,
  signingKeys,
  log,
}: SessionVerifierOptions): SessionVerifier {
  const { publishableKey, secretKey, authorizedParties, issuer } = env.clerk;
  const warned = new Set<string>();

  function explain(reason: string | null): void {
    log.debug({ reason }, 'session token refused');
    const cure = SETTINGS[reason ?? ''];
    if (cure === undefined || warned.has(cure)) return;
    warned.add(cure);
    log.warn({ reason }, `a token with a good signature was refused: ${cure}`);
  }

  return async (token) => {
    const header = headerOf(token);
    // The key id is not verified yet: it only chooses the key that the token is then verified with.
    const jwtKey = header && (env.clerk.jwtKey ?? (await signingKeys.find(String(header.kid))));
    if (jwtKey === undefined) return undefined;
    const request = new Request(issuer, { headers: { authorization: `Bearer ${token}` } });
    const state = await clerk.authenticateRequest(request, {
      publishableKey,
      secretKey,
      jwtKey,
      authorizedParties,
      issuer,
      clockSkewInMs: CLOCK_SKEW_MS,
      acceptsToken: 'session_token',
    });
    const auth = state.toAuth({ treatPendingAsSignedOut: false });
    // A token without a subject is a session of nobody, though the SDK lets it pass.
    if (auth?.isAuthenticated && auth.userId) return sessionAuth(auth, token, env.clerk);
    explain(state.reason);
    return undefined;
  };
}
