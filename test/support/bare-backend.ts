import type { Role } from '../../src/auth/roles.ts';
import { type Backend, startBackend } from '../../src/backend.ts';
import { type Env, parseEnv } from '../../src/config/env.ts';
import { createLog } from '../../src/config/log.ts';
import { userModel } from '../../src/identity/user-model.ts';
import { type ClerkInstance, clerkInstance, inAnHour } from './clerk-instance.ts';
import { startDatabase } from './database.ts';
import { environmentOf, userOf } from './guarded-app.ts';

export interface BareBackend {
  url: string;
  env: Env;
  backend: Backend;
  instance: ClerkInstance;
  /** What the backend has logged, line by line. */
  log: string[];
  /** A user whom the mirror holds, and a session token of that role. */
  signUp(role?: Role): Promise<{ clerkId: string; token: string }>;
  stop(): Promise<void>;
}

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

/**
 * The whole backend with a database and nothing else: no Clerk and no Inngest. The tokens are those of an instance of the
 * test's own, so that a test can make any token there can be, expired ones too.
 */
export async function startBareBackend(): Promise<BareBackend> {
  const instance = clerkInstance();
  const database = await startDatabase(userModel);
  const log: string[] = [];
  const env = parseEnv({
    ...environmentOf(instance),
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    CLERK_API_URL: NOWHERE,
    INNGEST_DEV: NOWHERE,
    MONGODB_URI: database.uri,
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'trace',
  });
  const backend = await startBackend(env, { log: createLog(env, { write: (line) => void log.push(line) }) });
  let signedUp = 0;

  return {
    url: backend.url,
    env,
    backend,
    instance,
    log,
    async signUp(role = 'user') {
      const clerkId = `user_${role}_${++signedUp}`;
      const email = `${clerkId}@shop.example`;
      await userModel(database.connection).create(userOf({ clerkId, role, email }));
      return { clerkId, token: await instance.token({ sub: clerkId, role, exp: inAnHour() }) };
    },
    async stop() {
      await backend.stop();
      await database.stop();
    },
  };
}
