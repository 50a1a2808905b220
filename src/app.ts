import type { ClerkClient } from '@clerk/backend';
import express, { type Express, type RequestHandler } from 'express';
import type { Inngest, InngestFunction } from 'inngest';
import { serve } from 'inngest/express';
import type { Logger } from 'pino';
import { clerkAuth } from './auth/clerk-auth.ts';
import { createSessionVerifier } from './auth/session-verifier.ts';
import type { SigningKeys } from './auth/signing-keys.ts';
import type { VerifiedTokens } from './auth/verified-tokens.ts';
import type { Env } from './config/env.ts';
import type { BeginAct } from './http/acts.ts';
import { docs } from './http/docs.ts';
import { answerError } from './http/error-response.ts';
import { HttpError } from './http/errors.ts';
import { rateLimit } from './http/rate-limit.ts';
import { registerRoutes } from './http/register-routes.ts';
import { requestLog } from './http/request-log.ts';
import type { Route } from './http/route.ts';
import { securityHeaders } from './http/security-headers.ts';
import type { Directory } from './identity/user.ts';

export interface AppParts {
  env: Env;
  log: Logger;
  version: string;
  clerk: ClerkClient;
  signingKeys: SigningKeys;
  verifiedTokens: VerifiedTokens;
  directory: Directory;
  /** `POST /api/webhooks/clerk`: it reads the raw body itself. */
  webhook: RequestHandler;
  inngest: Inngest.Any;
  functions: readonly InngestFunction.Any[];
  routes: readonly Route[];
  /** Hears of every refusal. */
  auditRefusals: RequestHandler;
  /** Hears of every administrative act. */
  beginAct: BeginAct;
}

/** The whole path of a request. It listens nowhere and reads no environment. */
export function buildApp(parts: AppParts): Express {
  const { env, log, version, directory, routes } = parts;
  const app = express();
  app.disable('x-powered-by');
  // A digest of each answer, for answers that nobody keeps: every one is for one caller.
  app.disable('etag');
  app.set('trust proxy', env.trustProxy);
  app.set('case sensitive routing', true);

  app.use(requestLog(log));
  app.use(parts.auditRefusals);
  app.use(securityHeaders(env));
  const verify = createSessionVerifier({ clerk: parts.clerk, env, signingKeys: parts.signingKeys, log });
  app.use(clerkAuth({ verify, verified: parts.verifiedTokens, directory, env, log }));

  // Ahead of every parser: the signature is over the raw bytes.
  app.post('/api/webhooks/clerk', parts.webhook);
  // Inngest sends the state of a run along: up to 4 MB.
  app.use(
    '/api/inngest',
    express.json({ limit: '4mb' }),
    serve({ client: parts.inngest, functions: parts.functions }),
  );

  app.use(rateLimit(env.rateLimitPerMinute));
  app.use(express.json({ limit: '100kb' }));
  app.use(registerRoutes(routes, parts));
  app.use(docs(routes, { version }));

  app.use((req, res) => answerError(new HttpError('not_found'), req, res));
  app.use(((error, req, res, _next) => answerError(error, req, res)) satisfies express.ErrorRequestHandler);
  return app;
}
