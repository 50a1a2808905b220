import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the sender's clock and ours may be apart, s: Svix's own tolerance (docs.svix.com, "Verifying payloads manually"). */
const TOLERANCE_S = 300;

/** Signatures looked at in one header: a sender that rotates its secret sends two. */
const MOST_SIGNATURES = 16;

export interface SignedDelivery {
  /** `svix-id`, `svix-timestamp` and `svix-signature`, as they came. */
  id: string | undefined;
  timestamp: string | undefined;
  signature: string | undefined;
  /** The body as it came, before any parsing. */
  body: Buffer;
}

/**
 * Whether one of the secrets signed a delivery not longer than five minutes ago or ahead (B2): HMAC-SHA-256 over
 * `id.timestamp.body`, compared in constant time.
 *
 * @param keys the secrets, decoded by `decodeSecret`
 * @param now ms since the epoch
 */
export function isSigned(keys: readonly Buffer[], delivery: SignedDelivery, now: number): boolean {
  const { id, timestamp, signature, body } = delivery;
  if (id === undefined || !/^[\w-]{1,200}$/.test(id)) return false;
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_S) return false;

  const given = (signature ?? '')
    .split(' ', MOST_SIGNATURES)
    .filter((part) => part.startsWith('v1,'))
    .map((part) => Buffer.from(part.slice(3), 'base64'));
  return keys.some((key) => {
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    return given.some((mac) => mac.length === expected.length && timingSafeEqual(mac, expected));
  });
}

/** The key that a signing secret (`whsec_…`) stands for. */
export function decodeSecret(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}
