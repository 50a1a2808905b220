import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Env } from '../config/env.ts';

/**
 * Headers that protect browsers, and CORS: the origins of `CLERK_AUTHORIZED_PARTIES` may call the API from a page; any
 * origin in development, where none is named.
 */
export function securityHeaders({
  nodeEnv,
  clerk: { authorizedParties },
}: Pick<Env, 'nodeEnv' | 'clerk'>): RequestHandler[] {
  const anyOrigin = authorizedParties.length === 0 && nodeEnv !== 'production';
  return [
    fixedHeaders(helmet({ crossOriginResourcePolicy: { policy: 'cross-origin' } })),
    cors({
      origin: anyOrigin ? true : authorizedParties,
      allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Request-Id'],
      exposedHeaders: ['X-Request-Id', 'Retry-After', 'Location'],
      maxAge: 600,
    }),
  ];
}

/** Sets the headers that a middleware sets, which are the same for every request: it is asked for them once. */
function fixedHeaders(
  middleware: (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void,
): RequestHandler {
  const headers = new Map<string, string>();
  const recorder = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: () => {},
  };
  middleware({} as IncomingMessage, recorder as unknown as ServerResponse, (error) => {
    if (error) throw error;
  });
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}
