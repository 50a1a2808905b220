import { signedInAuthObject } from '@clerk/backend/internal';
import type { ClerkAuth } from './clerk-auth.ts';

/**
 * What the SDK made of a verified token, fit to be kept and shared: frozen, and without the request and the API client
 * that the SDK's own object holds on to (4 kB for each token). The client is made anew where it is asked to act.
 */
export function sessionAuth(
  auth: ClerkAuth,
  token: string,
  { secretKey, apiUrl }: { secretKey: string; apiUrl: string },
): ClerkAuth {
  const { getToken: _getToken, has: _has, debug: _debug, ...facts } = auth;
  const acting = () => signedInAuthObject({ secretKey, apiUrl }, token, facts.sessionClaims);
  return deepFreeze({
    ...facts,
    getToken: (options) => acting().getToken(options),
    has: (authorization) => acting().has(authorization),
    debug: () => acting().debug(),
  } satisfies ClerkAuth);
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) deepFreeze(part);
  }
  return Object.freeze(value);
}
