import { createClerkClient } from '@clerk/backend';
import express from 'express';
import mongoose from 'mongoose';
import { pino } from 'pino';
import { clerkAuth } from '../../src/auth/clerk-auth.ts';
import { protectRoute } from '../../src/auth/index.ts';
import { createSessionVerifier } from '../../src/auth/session-verifier.ts';
import { createVerifiedTokens } from '../../src/auth/verified-tokens.ts';
import { parseEnv } from '../../src/config/env.ts';
import { createDirectory } from '../../src/identity/directory.ts';
import { userModel } from '../../src/identity/user-model.ts';
import { createUserStore } from '../../src/identity/user-store.ts';
import { toPublicUser } from '../../src/shop/public-user.ts';
import { PATH, required, serve } from './answer.ts';

// The bare route with the guard, and nothing else of ours.
const env = parseEnv(process.env);
const { publishableKey, secretKey, apiUrl } = env.clerk;
const users = userModel(await mongoose.createConnection(required('MONGODB_URI')).asPromise());
const log = pino({ level: 'silent' });
const clerk = createClerkClient({ publishableKey, secretKey, apiUrl, telemetry: { disabled: true } });
const directory = createDirectory({
  store: createUserStore({ users, onChange: () => {}, now: Date.now }),
  provision: async () => null,
  cacheMs: env.userCacheMs,
  now: Date.now,
});
const app = express();
app.use(
  clerkAuth({
    verify: createSessionVerifier({ clerk, env, log, signingKeys: { find: async () => undefined } }),
    verified: createVerifiedTokens({ now: Date.now, capacity: 50_000 }),
    directory,
    env,
    log,
  }),
);
app.get(PATH, protectRoute, (req, res) => void res.json({ user: toPublicUser(req.user) }));
await serve(app);
