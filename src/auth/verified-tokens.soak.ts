import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClerkClient } from '@clerk/backend';
import type { NextFunction, Request, Response } from 'express';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { clerkInstance } from '../../test/support/clerk-instance.ts';
import { directoryOf, environmentOf } from '../../test/support/guarded-app.ts';
import { parseEnv } from '../config/env.ts';
import { clerkAuth } from './clerk-auth.ts';
import { createSessionVerifier } from './session-verifier.ts';
import { createVerifiedTokens } from './verified-tokens.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const REQUESTS = 1_000_000;
const TOKENS = 100_000;
const CAPACITY = 5000;

const instance = clerkInstance();
const env = parseEnv(environmentOf(instance));
const { publishableKey, secretKey } = instance;
const clerk = createClerkClient({ publishableKey, secretKey, telemetry: { disabled: true } });
const log = pino({ level: 'silent' });
const verified = createVerifiedTokens({ now: Date.now, capacity: CAPACITY });
const verify = createSessionVerifier({ clerk, env, log, signingKeys: { find: async () => undefined } });
let judged = 0;
const middleware = clerkAuth({
  verify: (token) => {
    judged += 1;
    return verify(token);
  },
  verified,
  directory: directoryOf(new Map()),
  env,
  log,
});

/** One request through the middleware; the user who is signed in afterwards. */
async function ask(token: string): Promise<string | null | undefined> {
  const req = {
    method: 'GET',
    originalUrl: '/',
    // A text of its own, as a socket brings it.
    headers: { authorization: Buffer.from(`Bearer ${token}`).toString('latin1') },
  } as unknown as Request;
  await middleware(req, {} as Response, (() => {}) as NextFunction);
  return req.auth().userId;
}

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test('a million requests with 100,000 tokens do not make the memory grow, and each is answered for its own user', {
  timeout: 1_800_000,
}, async () => {
  const exp = Math.floor(Date.now() / 1000) + 7200;
  const batch = 1000;
  const readings: number[] = [];
  for (let first = 0; first < TOKENS; first += batch) {
    const tokens = await Promise.all(
      Array.from({ length: batch }, (_, i) => instance.token({ sub: `user_${first + i}`, exp })),
    );
    for (let round = 0; round < REQUESTS / TOKENS; round += 1) {
      for (const [i, token] of tokens.entries()) {
        const userId = await ask(token);
        if (userId !== `user_${first + i}`) expect.fail(`${userId} instead of user_${first + i}`);
      }
    }
    expect(verified.size).toBeLessThanOrEqual(CAPACITY);
    if (first % 10_000 === 0 && first >= 2 * CAPACITY) readings.push(heapUsed());
  }
  expect(judged).toBe(TOKENS);
  const growth = (readings.at(-1) ?? 0) - (readings[0] ?? 0);
  expect(growth).toBeLessThan(5_000_000);
});

test('an attacker’s garbage never pushes out a good token', { timeout: 600_000 }, async () => {
  verified.clear();
  const good = await Promise.all(Array.from({ length: 100 }, (_, i) => instance.token({ sub: `user_${i}` })));
  for (const token of good) await ask(token);
  const stranger = clerkInstance();
  const forged = await Promise.all(Array.from({ length: 500 }, () => stranger.token()));
  const before = heapUsed();
  for (let i = 0; i < 20_000; i += 1) {
    expect(await ask(`${forged[i % forged.length]}`)).toBeNull();
    await ask(`${'x'.repeat(i % 5000)}.${i}`);
    await ask(`ak_${i}`);
  }
  expect(verified.size).toBe(good.length);
  const judgedBefore = judged;
  for (const [i, token] of good.entries()) expect(await ask(token)).toBe(`user_${i}`);
  expect(judged).toBe(judgedBefore);
  expect(heapUsed() - before).toBeLessThan(5_000_000);
});
