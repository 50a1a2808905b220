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

/** The `kid` of a JWT's header, unverified: it only chooses the key that the token is then verified with. */
export function keyIdOf(token: string): string | undefined {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString(),
    );
    return typeof header === 'object' && header !== null && 'kid' in header && typeof header.kid === 'string'
      ? header.kid
      : undefined;
  } catch {
    return undefined;
  }
}
