import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * The `svix-signature` of a message: one signature for each secret, so that a receiver that knows any of them accepts it
 * (docs.svix.com/receiving/verifying-payloads/how-manual).
 *
 * @param timestamp seconds since the epoch, as in `svix-timestamp`
 */
export function svixSignature(
  secrets: readonly string[],
  id: string,
  timestamp: number,
  body: string,
): string {
  return secrets
    .map((secret) => Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64'))
    .map((signature) => `v1,${signature}`)
    .join(' ');
}
