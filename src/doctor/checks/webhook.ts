import { createHmac } from 'node:crypto';
import type { Env } from '../../config/env.ts';
import { decodeSecret } from '../../identity/signature.ts';
import { askFor } from '../ask.ts';
import { type Finding, fine, trouble } from '../finding.ts';

/** Signed, and no event: the backend refuses it for what it is only after it has accepted the signature. */
const NO_EVENT = JSON.stringify({ type: 'doctor' });

/** Whether the backend takes a delivery that is signed with the secret of this environment. Nothing comes of it. */
export async function checkWebhook(
  { clerk }: Pick<Env, 'clerk'>,
  api: string,
  now: number,
): Promise<Finding> {
  const url = `${api}/api/webhooks/clerk`;
  for (const secret of clerk.webhookSecrets) {
    const answer = await askFor(url, { method: 'POST', body: NO_EVENT, headers: signed(secret, now) });
    const { code } = (answer?.json ?? {}) as { code?: unknown };
    if (code === 'invalid_request') continue;
    if (code !== 'invalid_signature') {
      return trouble(
        `${url} answers ${answer?.status ?? 'nothing'} to a test delivery`,
        'See the backend’s log.',
      );
    }
    return trouble(
      'the backend refuses a delivery that is signed with CLERK_WEBHOOK_SECRET: it runs with another one',
      'Start it again with this environment. The secret is that of this endpoint in Clerk’s dashboard, Webhooks, Signing Secret.',
    );
  }
  return fine(
    'the backend takes a test delivery; that Clerk signs with this secret, Clerk’s dashboard shows under Webhooks',
  );
}

/** The three headers of a Svix delivery. */
function signed(secret: string, now: number): Record<string, string> {
  const [id, timestamp] = ['msg_doctor', String(Math.floor(now / 1000))];
  const mac = createHmac('sha256', decodeSecret(secret)).update(`${id}.${timestamp}.${NO_EVENT}`);
  return {
    'content-type': 'application/json',
    'svix-id': id,
    'svix-timestamp': timestamp,
    'svix-signature': `v1,${mac.digest('base64')}`,
  };
}
