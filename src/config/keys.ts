import { createPublicKey } from 'node:crypto';

/**
 * The issuer of an instance's session tokens: `https://` and the host that its publishable key encodes.
 *
 * @throws Error where the key does not hold a host
 */
export function issuerOf(publishableKey: string): string {
  const encoded = publishableKey.replace(/^pk_(test|live)_/, '');
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  if (!/^[a-z0-9.-]+\.[a-z0-9-]+(:\d+)?\$$/i.test(decoded)) throw new Error('not a publishable key');
  return `https://${decoded.slice(0, -1)}`;
}

/**
 * What is wrong with a `CLERK_JWT_KEY`, or undefined where it is right. The SDK reads the modulus at a fixed place, so
 * that any other key or encoding would make every token invalid instead of failing at the start.
 */
export function jwtKeyFault(pem: string): string | undefined {
  if (pem.includes('\\n')) {
    return 'holds the two characters \\n instead of line breaks: in .env, put the key in double quotes with real line breaks';
  }
  try {
    const key = createPublicKey(pem);
    const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
    const isSpki = /BEGIN PUBLIC KEY/.test(pem);
    if (key.asymmetricKeyType === 'rsa' && modulusLength === 2048 && publicExponent === 65537n && isSpki)
      return undefined;
  } catch {
    // Said below in words of ours: OpenSSL's would not help.
  }
  return 'is not an RSA-2048 public key in PEM form (-----BEGIN PUBLIC KEY-----): copy it again from Clerk’s dashboard, API keys, JWKS public key';
}
