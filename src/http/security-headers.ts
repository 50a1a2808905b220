import cors from 'cors';
import { Router } from 'express';
import helmet from 'helmet';
import type { Env } from '../config/env.ts';

/**
 * Headers that protect browsers, and CORS: the origins of `CLERK_AUTHORIZED_PARTIES` may call the API from a page; any
 * origin in development, where none is named.
 */
export function securityHeaders({
  nodeEnv,
  clerk: { authorizedParties },
}: Pick<Env, 'nodeEnv' | 'clerk'>): Router {
  const router = Router();
  const anyOrigin = authorizedParties.length === 0 && nodeEnv !== 'production';
  router.use(helmet({ crossOriginResourcePolicy: { policy: 'cross-origin' } }));
  router.use(
    cors({
      origin: anyOrigin ? true : authorizedParties,
      allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Request-Id'],
      exposedHeaders: ['X-Request-Id', 'Retry-After', 'Location'],
      maxAge: 600,
    }),
  );
  return router;
}
