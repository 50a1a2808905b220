import { type Clock, createClock, listen, openStorage } from '@frontdesk/emulator-kit';
import { createApiServer } from './http/server.ts';
import { type Instance, openIdentity } from './instance.ts';
import { migrations } from './schema.ts';
import type { SessionJson } from './sessions/session.ts';
import { createSession, findSession } from './sessions/session-changes.ts';
import { sessionRoutes } from './sessions/session-routes.ts';
import { createSessionStore } from './sessions/session-store.ts';
import { createSettings } from './settings.ts';
import { createTimers } from './timers.ts';
import { type MintOptions, mintFor } from './tokens/mint.ts';
import { openSigningKeys } from './tokens/signing-keys.ts';
import { emailRoutes } from './users/email-routes.ts';
import { userRoutes } from './users/user-routes.ts';
import { createUserStore } from './users/user-store.ts';
import { findUser } from './users/user-view.ts';
import { createDispatcher } from './webhooks/dispatcher.ts';
import { openEndpoint } from './webhooks/endpoint.ts';
import { createEmit } from './webhooks/events.ts';
import { createMessageStore } from './webhooks/message-store.ts';

const HISTORY_LIMIT = 10_000;
/** Who causes what is done by hand, and not through the API. */
const BY_HAND = { ip: '127.0.0.1', userAgent: 'Clerk emulator' };

export interface ClerkEmulatorOptions {
  /** 0, the default, takes any free one. */
  port?: number | undefined;
  /** 127.0.0.1 by default. */
  host?: string | undefined;
  /** Where webhooks go. Without one, events are recorded and not sent. */
  webhookUrl?: string | undefined;
  /** The folder that keeps the state. Without one, all is in memory and the keys are new at each start. */
  dataDir?: string | undefined;
}

/** A running emulator. */
export interface ClerkEmulator {
  /** For `CLERK_API_URL`. */
  readonly apiUrl: string;
  /** For `CLERK_PUBLISHABLE_KEY`. */
  readonly publishableKey: string;
  /** For `CLERK_SECRET_KEY`. */
  readonly secretKey: string;
  /** For `CLERK_JWT_KEY`: the key that signs now. */
  readonly jwtKey: string;
  /** For `CLERK_WEBHOOK_SECRET`: the newest secret. */
  readonly webhookSecret: string;
  /** Where webhooks go; may be set at any time. */
  webhookUrl: string | undefined;
  /** The emulator's time. */
  readonly clock: Pick<Clock, 'now' | 'offset'>;
  /** Turns the clock forward, in milliseconds: sessions run out, retries fall due. */
  advance(ms: number): void;
  /** Resolves when every webhook that is due by the clock has been sent and answered, or given up for now. */
  idle(): Promise<void>;
  /**
   * Signs a user in as a browser would, and answers the session and a token of it.
   *
   * @throws ApiError for an unknown or banned user
   */
  signIn(userId: string, options?: MintOptions): { session: SessionJson; token: string };
  /** Ends what is under way and closes. Webhooks still due are kept where there is a data folder. */
  stop(): Promise<void>;
}

/**
 * Starts a Clerk that runs offline.
 *
 * @throws EmulatorError with a code and a cure: `port_in_use`, `storage_in_use`, `storage_broken`,
 *   `storage_not_writable`, `webhook_url_invalid`, …
 */
export async function startClerkEmulator(options: ClerkEmulatorOptions = {}): Promise<ClerkEmulator> {
  const storage = openStorage({ dataDir: options.dataDir, name: 'clerk', migrations });
  const settings = createSettings(storage.db);
  const clock = createClock(settings.get<number>('clock_offset') ?? 0);
  const timers = createTimers(clock);
  const identity = openIdentity(settings, clock);
  const endpoint = openEndpoint(settings);
  if (options.webhookUrl !== undefined) endpoint.setUrl(options.webhookUrl);
  const keys = await openSigningKeys(storage.db, clock);
  const messages = createMessageStore(storage.db, HISTORY_LIMIT);
  const instance: Instance = {
    identity,
    storage,
    clock,
    settings,
    keys,
    users: createUserStore(storage.db),
    sessions: createSessionStore(storage.db),
    emit: createEmit({
      clock,
      instanceId: identity.instanceId,
      messages,
      plan: (now) =>
        endpoint.url() === undefined
          ? { state: 'unsent', dueAt: null, rank: 0, copies: 0 }
          : { state: 'pending', dueAt: now, rank: 0, copies: 0 },
    }),
  };
  const dispatcher = createDispatcher({
    storage,
    clock,
    timers,
    messages,
    url: endpoint.url,
    secrets: endpoint.secrets,
    inOrder: () => false,
    onAttempt: () => {},
  });
  const server = createApiServer({
    routes: [
      ...userRoutes(instance),
      ...emailRoutes(instance),
      ...sessionRoutes(instance),
      { method: 'GET', path: '/v1/jwks', handler: () => keys.jwks() },
    ],
    secretKey: identity.secretKey,
    transaction: storage.transaction,
    onChange: dispatcher.wake,
  });
  const { address } = await listen(server, { port: options.port, host: options.host });
  dispatcher.wake();

  return {
    apiUrl: `http://${address}`,
    publishableKey: identity.publishableKey,
    secretKey: identity.secretKey,
    get jwtKey() {
      return keys.publicPem();
    },
    get webhookSecret() {
      return endpoint.secrets()[0] ?? '';
    },
    get webhookUrl() {
      return endpoint.url();
    },
    set webhookUrl(url) {
      endpoint.setUrl(url);
      dispatcher.wake();
    },
    clock,
    advance(ms) {
      clock.advance(ms);
      settings.set('clock_offset', clock.offset());
      timers.turned();
      dispatcher.wake();
    },
    idle: dispatcher.idle,
    signIn(userId, mint) {
      const session = storage.transaction(() => createSession(instance, findUser(instance, userId), BY_HAND));
      dispatcher.wake();
      return { session, token: mintFor(instance, findSession(instance, session.id), mint) };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      timers.stop();
      await dispatcher.stop();
      storage.close();
    },
  };
}
