import { createClock, listen, openStorage, type Storage } from '@frontdesk/emulator-kit';
import { createChanges } from './changes.ts';
import { type Control, createControl } from './control/control.ts';
import { controlRoutes } from './control/control-routes.ts';
import { pageRoutes } from './control/page-routes.ts';
import { domainRoutes } from './domains.ts';
import { createApiFaults } from './http/api-faults.ts';
import { createApiServer } from './http/server.ts';
import { type Instance, openIdentity } from './instance.ts';
import { migrations } from './schema.ts';
import { sessionRoutes } from './sessions/session-routes.ts';
import { createSessionStore } from './sessions/session-store.ts';
import { createSettings } from './settings.ts';
import { createTimers } from './timers.ts';
import { signInTokenRoutes } from './tokens/sign-in-tokens.ts';
import { openSigningKeys } from './tokens/signing-keys.ts';
import { emailRoutes } from './users/email-routes.ts';
import { userRoutes } from './users/user-routes.ts';
import { createUserStore } from './users/user-store.ts';
import { createWebhooks } from './webhooks/webhooks.ts';

const HISTORY_LIMIT = 10_000;

export interface ClerkEmulatorOptions {
  /** 0, the default, takes any free one. */
  port?: number | undefined;
  /** 127.0.0.1 by default. */
  host?: string | undefined;
  /** Where webhooks go. Without one, events are recorded and not sent. */
  webhookUrl?: string | undefined;
  /** The folder that keeps the state. Without one, nothing is kept and the keys are new at each start. */
  dataDir?: string | undefined;
  /** How many of the newest webhook messages are remembered once they are finished; 10,000 by default. */
  historyLimit?: number | undefined;
}

/** A running emulator. */
export interface ClerkEmulator extends Control {
  /** For `CLERK_API_URL`. */
  readonly apiUrl: string;
  /** For `CLERK_PUBLISHABLE_KEY`. */
  readonly publishableKey: string;
  /** For `CLERK_SECRET_KEY`. */
  readonly secretKey: string;
  /** Ends what is under way and closes. Webhooks still due are kept where there is a data folder. */
  stop(): Promise<void>;
}

/**
 * Starts a Clerk that runs offline.
 *
 * @example
 * const clerk = await startClerkEmulator({ webhookUrl: 'http://127.0.0.1:3000/api/webhooks/clerk' });
 * const client = createClerkClient({ secretKey: clerk.secretKey, apiUrl: clerk.apiUrl });
 * const user = await client.users.createUser({ emailAddress: ['ada@example.com'] });
 * const { token } = clerk.signIn(user.id);
 * await clerk.idle();
 * await clerk.stop();
 *
 * @throws EmulatorError with a code and a cure: `port_in_use`, `cannot_listen`, `storage_in_use`, `storage_broken`,
 *   `storage_newer`, `storage_not_writable`, `webhook_url_invalid`
 */
export async function startClerkEmulator(options: ClerkEmulatorOptions = {}): Promise<ClerkEmulator> {
  const storage = openStorage({ dataDir: options.dataDir, spill: true, name: 'clerk', migrations });
  try {
    return await start(storage, options);
  } catch (error) {
    storage.close();
    throw error;
  }
}

async function start(storage: Storage, options: ClerkEmulatorOptions): Promise<ClerkEmulator> {
  const settings = createSettings(storage.db);
  const clock = createClock(settings.get<number>('clock_offset') ?? 0);
  const timers = createTimers(clock);
  const changes = createChanges();
  const identity = openIdentity(settings, clock);
  const webhooks = createWebhooks({
    storage,
    settings,
    clock,
    timers,
    instanceId: identity.instanceId,
    historyLimit: options.historyLimit ?? HISTORY_LIMIT,
    onAttempt: changes.notify,
  });
  if (options.webhookUrl !== undefined) webhooks.endpoint.setUrl(options.webhookUrl);
  const instance: Instance = {
    identity,
    storage,
    clock,
    settings,
    keys: await openSigningKeys(storage.db, clock),
    users: createUserStore(storage.db),
    sessions: createSessionStore(storage.db),
    emit: webhooks.emit,
  };
  const apiFaults = createApiFaults();
  const onChange = () => {
    webhooks.wake();
    changes.notify();
  };
  const control = createControl({ instance, timers, webhooks, apiFaults, onChange });
  const { publishableKey, secretKey } = identity;
  const server = createApiServer({
    api: [
      ...userRoutes(instance),
      ...emailRoutes(instance),
      ...sessionRoutes(instance),
      ...signInTokenRoutes(instance),
      ...domainRoutes(identity),
      { method: 'GET', path: '/v1/jwks', handler: instance.keys.jwks },
    ],
    control: [
      ...controlRoutes(control, () => ({ apiUrl, publishableKey, secretKey })),
      ...pageRoutes(changes),
      // The one thing of the Frontend API: what verifiers other than the SDK fetch.
      { method: 'GET', path: '/.well-known/jwks.json', handler: instance.keys.jwks },
    ],
    secretKey,
    faults: apiFaults,
    now: clock.now,
    transaction: storage.transaction,
    onChange,
  });
  const { address } = await listen(server, { port: options.port, host: options.host });
  const apiUrl = `http://${address}`;
  webhooks.wake();

  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await webhooks.stop();
    timers.stop();
    storage.close();
  };
  return Object.assign(control, { apiUrl, publishableKey, secretKey, stop });
}
