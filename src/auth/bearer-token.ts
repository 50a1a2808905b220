/** Longer tokens than Clerk makes (bytes): its cookies hold at most 4 kB. */
const LONGEST = 8192;

/**
 * What an `Authorization: Bearer <token>` header carries (RFC 6750, section 2.1). Stricter than the SDK, which also takes
 * a bare token.
 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > LONGEST) return undefined;
  return authorization.startsWith('Bearer ') ? authorization.slice(7) : undefined;
}

/** A JWT's three parts in base64url; machine tokens (`ak_…`, `mt_…`, `oat_…`) do not look like this (B13). */
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * A JWT's header, unverified, or undefined where it is no JWT: stricter than the SDK, which lets trailing words and padding
 * pass, and throws where the header is `null`.
 */
export function headerOf(token: string): { kid?: unknown } | undefined {
  if (!JWT.test(token)) return undefined;
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString(),
    );
    return typeof header === 'object' && header !== null ? header : undefined;
  } catch {
    return undefined;
  }
}
