import type { JsonWebKey } from 'node:crypto';

/** Clerk does not know the secret key. */
export class SecretKeyRefused extends Error {
  constructor() {
    super('Clerk refused CLERK_SECRET_KEY when it was asked for its signing keys');
    this.name = 'SecretKeyRefused';
  }
}

/**
 * Fetches an instance's key set from Clerk's Backend API (`GET /v1/jwks`).
 *
 * @throws SecretKeyRefused where Clerk does not know the secret key
 * @throws Error where Clerk does not answer within 5 s, or answers with something else
 */
export async function fetchSigningKeys(apiUrl: string, secretKey: string): Promise<{ keys: JsonWebKey[] }> {
  const response = await fetch(`${apiUrl}/v1/jwks`, {
    headers: { authorization: `Bearer ${secretKey}` },
    signal: AbortSignal.timeout(5000),
  });
  if (response.status === 401 || response.status === 403) throw new SecretKeyRefused();
  if (!response.ok)
    throw new Error(`Clerk answered ${response.status} when it was asked for its signing keys`);
  const body = (await response.json()) as { keys?: unknown };
  if (!Array.isArray(body.keys)) throw new Error('Clerk answered with no list of signing keys');
  return { keys: body.keys };
}
