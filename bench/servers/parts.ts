import { createClerkClient } from '@clerk/backend';
import mongoose from 'mongoose';
import { pino } from 'pino';
import { createVerifiedTokens } from '../../src/auth/verified-tokens.ts';
import { parseEnv } from '../../src/config/env.ts';
import { createDirectory } from '../../src/identity/directory.ts';
import { userModel } from '../../src/identity/user-model.ts';
import { createUserStore } from '../../src/identity/user-store.ts';
import { userOf } from '../../test/support/guarded-app.ts';
import { profileOf, required } from './answer.ts';

/** What the guard works with, made as the backend makes it. */
export async function guardParts() {
  const env = parseEnv(process.env);
  const { publishableKey, secretKey, apiUrl } = env.clerk;
  const users = userModel(await mongoose.createConnection(required('MONGODB_URI')).asPromise());
  return {
    env,
    log: pino({ level: 'silent' }),
    clerk: createClerkClient({ publishableKey, secretKey, apiUrl, telemetry: { disabled: true } }),
    signingKeys: { find: async () => undefined },
    verifiedTokens: createVerifiedTokens({ now: Date.now, capacity: 50_000 }),
    directory: createDirectory({
      store: createUserStore({ users, onChange: () => {}, now: Date.now }),
      provision: async () => null,
      cacheMs: env.userCacheMs,
      now: Date.now,
    }),
  };
}

/** Whom a route shows that knows nobody. */
export function somebody() {
  const at = new Date('2026-01-01');
  return userOf({ ...profileOf('user_0'), createdAt: at, updatedAt: at });
}
