/** A JWT's three parts in base64url; machine tokens (`ak_…`, `mt_…`, `oat_…`) do not look like this (B13). */
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Longer tokens than Clerk makes (bytes): its cookies hold at most 4 kB. */
const LONGEST = 8192;

/**
 * The token of an `Authorization: Bearer <token>` header, where it can be a JWT at all (RFC 6750, section 2.1). Stricter
 * than the SDK, which also takes a bare token, trailing words and padding.
 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > LONGEST) return undefined;
  if (!authorization.startsWith('Bearer ')) return undefined;
  const token = authorization.slice(7);
  return JWT.test(token) ? token : undefined;
}

/** A JWT's header, unverified, or undefined where it is no JSON object: the SDK throws at `null`. */
export function headerOf(token: string): { kid?: unknown } | undefined {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString(),
    );
    return typeof header === 'object' && header !== null ? header : undefined;
  } catch {
    return undefined;
  }
}
