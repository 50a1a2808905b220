import { z } from 'zod';
import { HttpError } from './errors.ts';
import { type Route, route } from './route.ts';

export interface Readiness {
  /** Whether new requests should come here: false while the server drains, or MongoDB does not answer. */
  isReady(): Promise<boolean>;
}

/** Alive, and ready: what an orchestrator asks. */
export function healthRoutes({ isReady }: Readiness): Route[] {
  const status = z.object({ status: z.string() });
  return [
    route({
      method: 'get',
      path: '/api/health',
      guard: 'anyone',
      tag: 'Health',
      summary: 'Whether the process is alive',
      response: status,
      handler: () => ({ status: 'ok' }),
    }),
    route({
      method: 'get',
      path: '/api/ready',
      guard: 'anyone',
      tag: 'Health',
      summary: 'Whether requests can be served: MongoDB answers, and the server is not shutting down',
      response: status,
      errors: ['not_ready'],
      handler: async () => {
        if (!(await isReady())) throw new HttpError('not_ready', { headers: { 'Retry-After': '1' } });
        return { status: 'ready' };
      },
    }),
  ];
}
