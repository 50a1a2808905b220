import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clerkInstance } from '../../test/support/clerk-instance.ts';
import { listen } from '../../test/support/guarded-app.ts';
import { checkKeys } from './check-keys.ts';
import { fetchSigningKeys } from './fetch-keys.ts';

const instance = clerkInstance();
const other = clerkInstance();
let clerk: { url: string; stop(): Promise<void> };
let status: number;
let told: string[];

beforeAll(async () => {
  clerk = await listen((_req, res) => {
    const jwk = { ...instance.publicKey.export({ format: 'jwk' }), kid: 'ins_1' };
    res.writeHead(status).end(JSON.stringify({ keys: [jwk] }));
  });
});
beforeEach(() => {
  status = 200;
  told = [];
});
afterAll(() => clerk.stop());

const check = (jwtKey: string | undefined, url = clerk.url) =>
  checkKeys({
    jwtKey,
    fetchKeys: () => fetchSigningKeys(url, 'sk_test_secret'),
    log: pino({}, { write: (line) => void told.push(line) }),
  });

test('A1 keys of one instance are right, with and without CLERK_JWT_KEY', async () => {
  await check(instance.jwtKey);
  await check(undefined);
  expect(told).toEqual([]);
});

test('A1 a CLERK_JWT_KEY of another instance stops the start, with the cure', async () => {
  await expect(check(other.jwtKey)).rejects.toThrow(
    /CLERK_JWT_KEY is not a key of the instance .+: copy both/,
  );
});

test('A1 a CLERK_SECRET_KEY that Clerk does not know stops the start, and is not printed', async () => {
  status = 401;
  for (const jwtKey of [instance.jwtKey, undefined]) {
    await expect(check(jwtKey)).rejects.toThrow(/CLERK_SECRET_KEY is refused by Clerk: copy it again/);
    await expect(check(jwtKey)).rejects.not.toThrow(/sk_test_secret/);
  }
});

test('where Clerk cannot be asked the start goes on, and says so', async () => {
  status = 503;
  await check(other.jwtKey);
  await check(other.jwtKey, 'http://127.0.0.1:1');
  expect(told).toHaveLength(2);
  expect(told.join()).not.toContain('sk_test_secret');
});
