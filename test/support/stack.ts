import { type ClerkClient, createClerkClient } from '@clerk/backend';
import { startClerkEmulator } from '@frontdesk/clerk-emulator';
import { startInngestEmulator } from '@frontdesk/inngest-emulator';

import { type Backend, startBackend } from '../../src/backend.ts';
import { parseEnv } from '../../src/config/env.ts';
import { createLog } from '../../src/config/log.ts';
import { type Inbox, startInbox } from './inbox.ts';
import { startMongo } from './mongo.ts';

export interface Stack {
  api: string;
  backend: Backend;
  clerk: Awaited<ReturnType<typeof startClerkEmulator>>;
  inngest: Awaited<ReturnType<typeof startInngestEmulator>>;
  mongodbUri: string;
  inbox: Inbox;
  /** The official client, on the Clerk emulator. */
  clerkClient: ClerkClient;
  /** The environment that the backend was started with: what another process of it needs, too. */
  environment: Record<string, string>;
  /** What the backend has logged, line by line. */
  log: string[];
  stop(): Promise<void>;
}

/**
 * Everything that the backend needs, and the backend, in this process: for tests over HTTP.
 *
 * @param environment variables beside or instead of the defaults
 */
export async function startStack(environment: Record<string, string> = {}): Promise<Stack> {
  const log: string[] = [];
  const [mongo, clerk, inngest, inbox] = await Promise.all([
    startMongo(),
    startClerkEmulator({ port: 0 }),
    startInngestEmulator({ port: 0 }),
    startInbox(),
  ]);
  const complete = {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_WEBHOOK_SECRET: clerk.webhookSecret,
    CLERK_JWT_KEY: clerk.jwtKey,
    CLERK_API_URL: clerk.apiUrl,
    MONGODB_URI: mongo.uri,
    INNGEST_DEV: inngest.url,
    SMTP_URL: inbox.smtpUrl,
    MAIL_FROM: 'Shop <shop@shop.example>',
    RATE_LIMIT_PER_MINUTE: '0',
    ...environment,
  };
  const env = parseEnv(complete);
  const backend = await startBackend(env, { log: createLog(env, { write: (line) => void log.push(line) }) });
  clerk.webhookUrl = `${backend.url}/api/webhooks/clerk`;
  await inngest.addApp(`${backend.url}/api/inngest`);
  return {
    api: backend.url,
    backend,
    clerk,
    inngest,
    mongodbUri: mongo.uri,
    inbox,
    clerkClient: createClerkClient({ ...clerk, telemetry: { disabled: true } }),
    environment: complete,
    log,
    async stop() {
      await clerk.stop();
      await inngest.stop();
      await backend.stop();
      await Promise.all([mongo.stop(), inbox.stop()]);
    },
  };
}
