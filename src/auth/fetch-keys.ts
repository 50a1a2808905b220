import type { JsonWebKey } from 'node:crypto';

/**
 * Fetches an instance's key set from Clerk's Backend API (`GET /v1/jwks`).
 *
 * @throws Error where Clerk does not answer within 5 s, refuses the secret key, or answers with something else
 */
export async function fetchSigningKeys(apiUrl: string, secretKey: string): Promise<{ keys: JsonWebKey[] }> {
  const response = await fetch(`${apiUrl}/v1/jwks`, {
    headers: { authorization: `Bearer ${secretKey}` },
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok)
    throw new Error(`Clerk answered ${response.status} when it was asked for its signing keys`);
  const body = (await response.json()) as { keys?: unknown };
  if (!Array.isArray(body.keys)) throw new Error('Clerk answered with no list of signing keys');
  return { keys: body.keys };
}
