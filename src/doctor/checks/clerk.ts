import type { JsonWebKey } from 'node:crypto';
import type { Env } from '../../config/env.ts';
import { askFor } from '../ask.ts';
import { type Finding, fine, trouble } from '../finding.ts';

/** What Clerk answered. */
export interface ClerkAnswer {
  keys: JsonWebKey[];
  /** By how many ms this machine's clock is ahead of Clerk's; to within a second, as HTTP dates are. */
  aheadMs: number;
}

/** Whether Clerk's Backend API answers, and takes the secret key. */
export async function checkClerk(
  { clerk: { apiUrl, secretKey } }: Pick<Env, 'clerk'>,
  now: () => number,
): Promise<{ answer: ClerkAnswer | undefined; finding: Finding }> {
  const askedAt = now();
  const response = await askFor(`${apiUrl}/v1/jwks`, { headers: { authorization: `Bearer ${secretKey}` } });
  if (response === undefined) {
    const cure =
      'Check this machine’s network, DNS and firewall, and CLERK_API_URL. Meanwhile tokens are judged only where CLERK_JWT_KEY is set.';
    return { answer: undefined, finding: trouble(`Clerk does not answer at ${apiUrl}`, cure) };
  }
  if (response.status !== 200) {
    return { answer: undefined, finding: refused(response.status) };
  }
  const { keys } = (response.json ?? {}) as { keys?: JsonWebKey[] };
  if (!Array.isArray(keys)) {
    return {
      answer: undefined,
      finding: trouble(`what answers at ${apiUrl} is not Clerk`, 'Check CLERK_API_URL.'),
    };
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  // The date was cut to whole seconds, somewhere between the question and the answer.
  const aheadMs = Number.isNaN(date) ? 0 : (askedAt + now()) / 2 - (date + 500);
  return { answer: { keys, aheadMs }, finding: fine(`answers at ${apiUrl}, and takes the secret key`) };
}

function refused(status: number): Finding {
  if (status === 401) {
    return trouble(
      'Clerk refuses CLERK_SECRET_KEY',
      'Copy the secret key again from Clerk’s dashboard, API keys, of the same instance as the publishable key. It may have been rotated.',
    );
  }
  if (status === 429)
    return trouble('Clerk’s rate limit is reached', 'Wait a minute, then run the doctor again.');
  return trouble(
    `Clerk answers with status ${status}`,
    'See https://status.clerk.com, and check CLERK_API_URL.',
  );
}
