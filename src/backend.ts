import { createClerkClient } from '@clerk/backend';
import type { Logger } from 'pino';
import { createAdmin } from './admin/index.ts';
import { buildApp } from './app.ts';
import { checkKeys } from './auth/check-keys.ts';
import { fetchSigningKeys } from './auth/fetch-keys.ts';
import { createSigningKeys } from './auth/signing-keys.ts';
import { createVerifiedTokens } from './auth/verified-tokens.ts';
import { answers, connectDatabase, createIndexes } from './config/database.ts';
import type { Env } from './config/env.ts';
import { createLog } from './config/log.ts';
import { healthRoutes } from './http/health-routes.ts';
import type { Route } from './http/route.ts';
import { listen } from './http/server.ts';
import { createIdentity } from './identity/index.ts';
import { createInngest } from './identity/inngest-client.ts';
import { createMailer } from './mail/index.ts';
import { erasers, exporters } from './personal-data.ts';
import { createShop } from './shop/index.ts';
import { recoverOrdersFunction } from './shop/recover-orders-function.ts';

export interface Backend {
  /** Where it listens, without a trailing slash. */
  url: string;
  /** The declared routes: what the API consists of. */
  routes: readonly Route[];
  /** Readiness goes red, requests in flight finish, then the connections close. */
  stop(): Promise<void>;
}

export interface BackendOptions {
  log?: Logger;
  now?: () => number;
}

/** Tokens remembered at most: those of 50,000 users who are active within the same minute, in 115 MB. */
const VERIFIED_TOKENS = 50_000;

/**
 * Starts the backend: connects, builds, listens.
 *
 * @throws EnvError where Clerk says that the keys are wrong
 * @throws Error where MongoDB does not answer or the port is taken
 */
export async function startBackend(env: Env, options: BackendOptions = {}): Promise<Backend> {
  const { log = createLog(env), now = Date.now } = options;
  const { apiUrl, publishableKey, secretKey } = env.clerk;
  const fetchKeys = () => fetchSigningKeys(apiUrl, secretKey);
  await checkKeys({ jwtKey: env.clerk.jwtKey, fetchKeys, log });
  const connection = await connectDatabase(env.mongodbUri);
  const clerk = createClerkClient({ publishableKey, secretKey, apiUrl, telemetry: { disabled: true } });
  const inngest = createInngest({ env, log });
  const mailer = createMailer({ env, log });
  const verifiedTokens = createVerifiedTokens({ now, capacity: VERIFIED_TOKENS });
  const signingKeys = createSigningKeys({
    fetchKeys,
    now,
    onRemoved: verifiedTokens.clear,
  });

  const identity = createIdentity({
    connection,
    clerk,
    inngest,
    mailer,
    env,
    now,
    log,
    erasers: erasers(connection),
    exporters: exporters(connection),
  });
  const shop = createShop({ connection, directory: identity.directory, now, log });
  const { directory, ledger, sync } = identity;
  const admin = createAdmin({
    connection,
    clerk,
    inngest,
    directory,
    ledger,
    runs: sync.runs,
    env,
    now,
    log,
  });
  if (env.nodeEnv !== 'production') await createIndexes(connection);
  let draining = false;
  const isReady = async () => !draining && (await answers(connection));
  const routes = [...healthRoutes({ isReady }), ...identity.routes, ...shop.routes, ...admin.routes];
  const app = buildApp({
    env,
    log,
    version: '0.1.0',
    clerk,
    signingKeys,
    verifiedTokens,
    directory: identity.directory,
    webhook: identity.webhook,
    inngest,
    functions: [...identity.functions, recoverOrdersFunction({ inngest, recoverOrders: shop.recoverOrders })],
    routes,
    auditRefusals: admin.auditRefusals,
    beginAct: admin.beginAct,
  });
  const server = await listen(app, env);
  const stopResending = identity.startResending();
  log.info({ url: server.url }, 'listening');
  return {
    url: server.url,
    routes,
    async stop() {
      draining = true;
      await server.drain();
      await stopResending();
      await admin.stop();
      mailer.close();
      await connection.close();
      log.info('stopped');
    },
  };
}
