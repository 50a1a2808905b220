import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const PREFIX = /^signkey-\w+-/;

/** The header `x-inngest-signature` over a body, with the machine's own time: the SDK compares it with its own (SDK_SPEC 4.1.1). */
export function sign(body: string, signingKey: string): string {
  const seconds = Math.floor(Date.now() / 1000);
  const hmac = createHmac('sha256', signingKey.replace(PREFIX, ''));
  return `t=${seconds}&s=${hmac.update(body).update(String(seconds)).digest('hex')}`;
}

/** Whether an `Authorization` header carries the signing key, hashed as SDK_SPEC 4.1.4 says. */
export function isAuthorized(header: string | undefined, signingKey: string): boolean {
  const key = Buffer.from(signingKey.replace(PREFIX, ''), 'hex');
  const hash = createHash('sha256').update(key).digest('hex');
  const given = header?.match(/^Bearer (?:signkey-\w+-)?(\w+)$/)?.[1] ?? '';
  return given.length === hash.length && timingSafeEqual(Buffer.from(given), Buffer.from(hash));
}
