import type { Route } from './http/router.ts';
import type { Identity } from './instance.ts';

/** `/v1/domains` of the Backend API: an instance has its primary domain, the one in the publishable key. */
export function domainRoutes({ instanceId, issuer }: Identity): Route[] {
  const domain = {
    object: 'domain',
    id: instanceId.replace(/^ins_/, 'dmn_'),
    name: new URL(issuer).host,
    is_satellite: false,
    frontend_api_url: issuer,
    development_origin: '',
  };
  return [{ method: 'GET', path: '/v1/domains', handler: () => ({ data: [domain], total_count: 1 }) }];
}
