import type { Env } from '../../config/env.ts';
import { askFor } from '../ask.ts';
import { type Finding, fine, notChecked, trouble } from '../finding.ts';

/** Whether the publishable key is of the instance that the secret key opens (`GET /v1/domains`). */
export async function checkInstance({ clerk }: Pick<Env, 'clerk'>): Promise<Finding> {
  const { apiUrl, secretKey, issuer } = clerk;
  const response = await askFor(`${apiUrl}/v1/domains`, {
    headers: { authorization: `Bearer ${secretKey}` },
  });
  const { data } = (response?.status === 200 ? response.json : {}) as {
    data?: { frontend_api_url?: string; proxy_url?: string | null }[];
  };
  if (data === undefined) return notChecked('Clerk does not tell the domains of the instance');
  const issuers = data
    .flatMap(({ frontend_api_url, proxy_url }) => [frontend_api_url, proxy_url])
    .filter((url) => typeof url === 'string' && url !== '')
    .map((url) => url?.replace(/\/+$/, ''));
  if (issuers.includes(issuer)) return fine('both keys are of the same instance');
  return trouble(
    `CLERK_PUBLISHABLE_KEY is of ${issuer}, CLERK_SECRET_KEY of ${issuers.join(', ') || 'another instance'}`,
    'Copy both from the API keys page of the same application and the same instance (development or production).',
  );
}
