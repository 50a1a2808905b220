import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClerkClient } from '@clerk/backend';
import express, { type Express } from 'express';
import { pino } from 'pino';
import { clerkAuth } from '../../src/auth/clerk-auth.ts';
import { createSessionVerifier } from '../../src/auth/session-verifier.ts';
import type { SigningKeys } from '../../src/auth/signing-keys.ts';
import { createVerifiedTokens, type VerifiedTokens } from '../../src/auth/verified-tokens.ts';
import { type Env, parseEnv } from '../../src/config/env.ts';
import type { Directory, User } from '../../src/identity/user.ts';
import type { ClerkInstance } from './clerk-instance.ts';

export interface GuardedApp {
  url: string;
  app: Express;
  env: Env;
  /** The users there are, by Clerk id. */
  users: Map<string, User>;
  verified: VerifiedTokens;
  /** What was logged. */
  log: Record<string, unknown>[];
  /** The paths of Clerk's API that were called. */
  calls: string[];
  stop(): Promise<void>;
}

export interface GuardedAppOptions {
  environment?: Record<string, string>;
  directory?: Directory;
  signingKeys?: SigningKeys;
  now?: () => number;
  /** Middleware ahead of `clerkAuth`. */
  before?(app: Express): void;
  /** Mounts the routes. */
  routes(app: Express): void;
}

/** An Express application behind `clerkAuth`, with users in memory and a Clerk API that only counts its calls. */
export async function startGuardedApp(
  instance: ClerkInstance,
  { environment, signingKeys = noKeys, now = Date.now, before, routes, ...rest }: GuardedAppOptions,
): Promise<GuardedApp> {
  const calls: string[] = [];
  const clerkApi = await listen((req, res) => {
    calls.push(req.url ?? '');
    res.statusCode = 404;
    res.end('{"errors":[]}');
  });
  const env = parseEnv({ ...environmentOf(instance), CLERK_API_URL: clerkApi.url, ...environment });
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug' }, { write: (line) => void log.push(JSON.parse(line)) });
  const users = new Map<string, User>();
  const { directory = directoryOf(users) } = rest;
  const { publishableKey, secretKey, apiUrl } = env.clerk;
  const clerk = createClerkClient({ publishableKey, secretKey, apiUrl, telemetry: { disabled: true } });
  const verified = createVerifiedTokens({ now, capacity: 1000 });
  const app = express();
  before?.(app);
  const verify = createSessionVerifier({ clerk, env, signingKeys, log: logger });
  app.use(clerkAuth({ verify, verified, directory, env, log: logger }));
  routes(app);
  const server = await listen(app);
  return {
    url: server.url,
    app,
    env,
    users,
    verified,
    log,
    calls,
    stop: async () => void (await Promise.all([server.stop(), clerkApi.stop()])),
  };
}

/** The variables of a backend in development behind an instance. */
export function environmentOf(instance: ClerkInstance): Record<string, string> {
  return {
    NODE_ENV: 'development',
    CLERK_PUBLISHABLE_KEY: instance.publishableKey,
    CLERK_SECRET_KEY: instance.secretKey,
    CLERK_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
    CLERK_JWT_KEY: instance.jwtKey,
  };
}

const noKeys: SigningKeys = { find: async () => undefined };

export function directoryOf(users: ReadonlyMap<string, User>): Directory {
  const read = async (clerkId: string) => users.get(clerkId) ?? null;
  return { known: (clerkId) => users.get(clerkId), find: read, read, forget: () => {} };
}

/** A user of the mirror. */
export function userOf(own: Partial<User> = {}): User {
  return {
    clerkId: 'user_1',
    email: 'ada@shop.example',
    emailVerified: true,
    name: 'Ada Lovelace',
    imageUrl: null,
    role: 'user',
    status: 'active',
    address: [],
    wishlist: [],
    createdAt: new Date(0),
    updatedAt: new Date(0),
    ...own,
    sync: {
      version: { updatedAt: 0, timestamp: 0, svixId: 'msg_1' },
      revision: 1,
      highestRole: 'admin',
      endedSessions: [],
      welcomedAt: null,
      welcomeDueAt: null,
      welcomeLeaseUntil: null,
      erasedAt: null,
      goneAt: null,
      ...own.sync,
    },
  };
}

/** Serves on a port of its own. */
export async function listen(listener: Parameters<typeof createServer>[1]) {
  const server = createServer({ maxHeaderSize: 16_384 }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
