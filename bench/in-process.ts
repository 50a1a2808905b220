/**
 * What the guard adds to a route in JavaScript alone: requests put straight into Express applications, without sockets.
 * `node bench/in-process.ts`. The least of many rounds: µs of CPU a request.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import { createClerkClient } from '@clerk/backend';
import express, { type Express, type RequestHandler } from 'express';
import { pino } from 'pino';
import { clerkAuth } from '../src/auth/clerk-auth.ts';
import { protectRoute } from '../src/auth/index.ts';
import { createSessionVerifier } from '../src/auth/session-verifier.ts';
import { createVerifiedTokens } from '../src/auth/verified-tokens.ts';
import { parseEnv } from '../src/config/env.ts';
import { createDirectory } from '../src/identity/directory.ts';
import { toPublicUser } from '../src/shop/public-user.ts';
import { clerkInstance } from '../test/support/clerk-instance.ts';
import { environmentOf, userOf } from '../test/support/guarded-app.ts';
import { PATH } from './servers/answer.ts';

const PEOPLE = 200;
const REQUESTS = 4000;
const ROUNDS = 40;

const instance = clerkInstance();
const env = parseEnv(environmentOf(instance));
const log = pino({ level: 'silent' });
const { publishableKey, secretKey } = env.clerk;
const clerk = createClerkClient({ publishableKey, secretKey, telemetry: { disabled: true } });
const directory = createDirectory({
  store: { readMany: async (ids) => new Map(ids.map((clerkId) => [clerkId, userOf({ clerkId })])) },
  provision: async () => null,
  cacheMs: env.userCacheMs,
  now: Date.now,
});
const auth = clerkAuth({
  verify: createSessionVerifier({ clerk, env, log, signingKeys: { find: async () => undefined } }),
  verified: createVerifiedTokens({ now: Date.now, capacity: 50_000 }),
  directory,
  env,
  log,
});
const somebody = userOf();
const open: RequestHandler = (_req, res) => void res.json({ user: toPublicUser(somebody) });
const guarded: RequestHandler = (req, res) => void res.json({ user: toPublicUser(req.user) });
const apps: readonly (readonly [string, Express, number[]])[] = [
  ['unguarded', express().get(PATH, open), []],
  ['behind clerkAuth', express().use(auth).get(PATH, open), []],
  ['behind clerkAuth and protectRoute', express().use(auth).get(PATH, protectRoute, guarded), []],
];
const headers = await Promise.all(
  Array.from({ length: PEOPLE }, async (_, i) =>
    Buffer.from(`Bearer ${await instance.token({ sub: `user_${i}` })}`),
  ),
);

function ask(app: Express, number: number): Promise<void> {
  return new Promise((resolve) => {
    const req = new IncomingMessage(null as never);
    // A text of its own each time, as a socket brings it.
    const authorization = headers[number % PEOPLE]?.toString('latin1') ?? '';
    Object.assign(req, { method: 'GET', url: PATH, headers: { host: 'localhost', authorization } });
    const res = new ServerResponse(req);
    res.end = () => {
      resolve();
      return res;
    };
    app(req as never, res as never);
  });
}

for (let round = 0; round < ROUNDS; round += 1) {
  for (const [, app, micros] of apps) {
    const before = process.cpuUsage();
    for (let number = 0; number < REQUESTS; number += 1) await ask(app, number);
    const { user, system } = process.cpuUsage(before);
    micros.push((user + system) / REQUESTS);
  }
}
for (const [name, , micros] of apps) process.stdout.write(`${name}: ${Math.min(...micros).toFixed(1)} µs\n`);
