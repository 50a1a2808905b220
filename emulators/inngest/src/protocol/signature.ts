import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const PREFIX = /^signkey-\w+-/;

/** The header `x-inngest-signature` over a body, with the machine's own time: the SDK compares it with its own (SDK_SPEC 4.1.1). */
export function sign(body: string, signingKey: string): string {
  const seconds = Math.floor(Date.now() / 1000);
  const hmac = createHmac('sha256', signingKey.replace(PREFIX, ''));
  return `t=${seconds}&s=${hmac.update(body).update(String(seconds)).digest('hex')}`;
}

/** Whether an `Authorization` header carries the signing key, as it is or hashed as SDKs do (SDK_SPEC 4.1.4). */
export function isAuthorized(header: string | undefined, signingKey: string): boolean {
  const key = signingKey.replace(PREFIX, '');
  const hash = createHash('sha256').update(Buffer.from(key, 'hex')).digest('hex');
  const given = header?.replace(/^Bearer /, '').replace(PREFIX, '') ?? '';
  return [key, hash].some((right) => isSame(given, right));
}

function isSame(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
