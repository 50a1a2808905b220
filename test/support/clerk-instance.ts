import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';

/** A Clerk instance as far as its tokens are concerned: keys, and a pen to sign with. */
export interface ClerkInstance {
  publishableKey: string;
  secretKey: string;
  /** The public key as PEM, as `CLERK_JWT_KEY` holds it. */
  jwtKey: string;
  kid: string;
  issuer: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** Claims as Clerk makes them, with those given instead or beside; undefined leaves one out. */
  claims(claims?: Claims): JWTPayload;
  /** A signed session token of such claims. */
  token(claims?: Claims, options?: SignOptions): Promise<string>;
}

export type Claims = Record<string, unknown>;

interface SignOptions {
  /** Header parameters instead or beside Clerk's; undefined leaves one out. */
  header?: Record<string, unknown>;
  key?: KeyObject;
}

/** The origin that tokens are made for, where nothing else is said. */
export const ORIGIN = 'https://shop.example';

/** An `exp` that lasts for a whole test file, so that tokens need not be signed for each call. */
export const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

/**
 * Makes an instance with a key pair of its own.
 *
 * @param kid the name of its key
 */
export function clerkInstance({
  kid = 'ins_test',
  host = 'happy-otter-1.clerk.accounts.dev',
} = {}): ClerkInstance {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const issuer = `https://${host}`;
  let made = 0;

  function claims(own: Claims = {}): JWTPayload {
    const now = Math.floor(Date.now() / 1000);
    made += 1;
    return {
      azp: ORIGIN,
      exp: now + 60,
      fva: [0, -1],
      iat: now,
      iss: issuer,
      jti: `jti_${made}`,
      nbf: now - 10,
      sid: 'sess_1',
      sts: 'active',
      sub: 'user_1',
      v: 2,
      ...own,
    };
  }

  return {
    publishableKey: `pk_test_${Buffer.from(`${host}$`).toString('base64')}`,
    secretKey: 'sk_test_secret',
    jwtKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    kid,
    issuer,
    privateKey,
    publicKey,
    claims,
    token: (own, { header, key = privateKey } = {}) =>
      new SignJWT(claims(own))
        .setProtectedHeader({ alg: 'RS256', cat: 'cl_B7d4PD111AAA', kid, typ: 'JWT', ...header })
        .sign(key),
  };
}
