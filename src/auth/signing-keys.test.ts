import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ClerkInstance, clerkInstance } from '../../test/support/clerk-instance.ts';
import { listen, startGuardedApp, userOf } from '../../test/support/guarded-app.ts';
import { fetchSigningKeys } from './fetch-keys.ts';
import { protectRoute } from './index.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';

const first = clerkInstance({ kid: 'ins_1' });
const second = clerkInstance({ kid: 'ins_2' });
const jwkOf = ({ publicKey, kid }: ClerkInstance): JsonWebKey => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  alg: 'RS256',
});

/** A Clerk that has a key set, as a real server. */
let clerk: {
  url: string;
  stop(): Promise<void>;
};
let answer: { status: number; body: unknown };
let calls: { authorization: string | undefined }[];
let time: number;
let removals: number;
let keys: SigningKeys;

beforeEach(async () => {
  answer = { status: 200, body: { keys: [jwkOf(first)] } };
  calls = [];
  time = 1_000_000;
  removals = 0;
  clerk = await listen((req, res) => {
    calls.push({ authorization: req.headers.authorization });
    res.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  keys = createSigningKeys({
    fetchKeys: () => fetchSigningKeys(clerk.url, 'sk_test_secret'),
    now: () => time,
    onRemoved: () => {
      removals += 1;
    },
  });
});
afterEach(() => clerk.stop());

test('one fetch serves all who wait, with the secret key', async () => {
  const found = await Promise.all(Array.from({ length: 100 }, () => keys.find('ins_1')));
  expect(new Set(found)).toEqual(new Set([first.jwtKey]));
  expect(calls).toEqual([{ authorization: 'Bearer sk_test_secret' }]);
});

test('a flood of unknown key ids makes at most one call in 30 s', async () => {
  await keys.find('ins_1');
  for (let second = 0; second < 60; second += 1) {
    time += 1000;
    const unknown = Array.from({ length: 50 }, (_, i) => keys.find(`unknown_${second}_${i}`));
    expect(new Set(await Promise.all(unknown))).toEqual(new Set([undefined]));
    expect(await keys.find('ins_1')).toBe(first.jwtKey);
  }
  expect(calls).toHaveLength(1 + 2);
});

test('a new key is found as soon as the cooldown is over, and the old one stays until Clerk drops it', async () => {
  await keys.find('ins_1');
  answer.body = { keys: [jwkOf(first), jwkOf(second)] };
  time += 29_999;
  expect(await keys.find('ins_2')).toBeUndefined();
  time += 1;
  expect(await keys.find('ins_2')).toBe(second.jwtKey);
  expect(await keys.find('ins_1')).toBe(first.jwtKey);
  expect(removals).toBe(0);
});

test('a key that Clerk has dropped is noticed in the background, and what it signed is forgotten', async () => {
  await keys.find('ins_1');
  answer.body = { keys: [jwkOf(second)] };
  time += 300_001;
  expect(await keys.find('ins_1')).toBe(first.jwtKey);
  await expect.poll(() => removals).toBe(1);
  expect(await keys.find('ins_1')).toBeUndefined();
  expect(await keys.find('ins_2')).toBe(second.jwtKey);
});

describe('while Clerk cannot be reached', () => {
  const outages = {
    'answers 500': () => ({ status: 500, body: {} }),
    'refuses the secret key': () => ({ status: 401, body: { errors: [] } }),
    'answers with something else': () => ({ status: 200, body: { keys: 'none' } }),
    'answers with no key': () => ({ status: 200, body: { keys: [] } }),
    'answers with a broken key': () => ({
      status: 200,
      body: { keys: [{ kty: 'RSA', kid: 'ins_1', n: '?', e: '' }] },
    }),
  };

  test.for(Object.entries(outages))('and %s, the keys it had last stay', async ([, outage]) => {
    await keys.find('ins_1');
    answer = outage();
    for (let i = 0; i < 5; i += 1) {
      time += 300_001;
      expect(await keys.find('ins_1')).toBe(first.jwtKey);
      expect(await keys.find('ins_2')).toBeUndefined();
    }
    expect(removals).toBe(0);
  });

  test('and no key was ever had, it is asked again every second, once for all who wait', async () => {
    answer.status = 500;
    const ask = () => Promise.allSettled(Array.from({ length: 20 }, () => keys.find('ins_1')));
    for (const _ of ['at once', 'and again']) {
      for (const result of await ask()) {
        expect(result).toMatchObject({
          status: 'rejected',
          reason: { code: 'clerk_unavailable', status: 503 },
        });
      }
    }
    expect(calls).toHaveLength(1);
    answer.status = 200;
    time += 1000;
    for (const result of await ask()) expect(result).toEqual({ status: 'fulfilled', value: first.jwtKey });
    expect(calls).toHaveLength(2);
  });
});

test('keys for something else than RS256 signatures are left out and do no harm', async () => {
  const { publicKey: long } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const { publicKey: curve } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  answer.body = {
    keys: [
      { ...jwkOf(second), kid: 'encrypts', use: 'enc' },
      { ...jwkOf(second), kid: 'wraps', use: undefined, key_ops: ['encrypt', 'wrapKey'] },
      { ...long.export({ format: 'jwk' }), kid: 'long' },
      { ...curve.export({ format: 'jwk' }), kid: 'curve' },
      { kty: 'oct', kid: 'secret', k: 'AAAA' },
      { ...jwkOf(second), kid: undefined },
      jwkOf(first),
    ],
  };
  expect(await keys.find('ins_1')).toBe(first.jwtKey);
  for (const kid of ['encrypts', 'wraps', 'long', 'curve', 'secret', 'undefined']) {
    expect(await keys.find(kid)).toBeUndefined();
  }
});

test('A4 without CLERK_JWT_KEY the guard takes the key that the token names, and Clerk down is 503, not 401', async () => {
  const app = await startGuardedApp(first, {
    environment: { CLERK_JWT_KEY: '' },
    signingKeys: keys,
    routes: (app) => void app.get('/profile', protectRoute, (req, res) => void res.json({ user: req.user })),
  });
  app.users.set('user_1', userOf());
  const ask = async (token: string) => {
    const response = await fetch(`${app.url}/profile`, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, retryAfter: response.headers.get('retry-after') };
  };
  answer.status = 500;
  expect(await ask(await first.token())).toEqual({ status: 503, retryAfter: '1' });
  answer.status = 200;
  time += 1000;
  expect(await ask(await first.token())).toMatchObject({ status: 200 });
  // Signed by the other key of the set, or naming none: the key id decides, and it must be right.
  answer.body = { keys: [jwkOf(first), jwkOf(second)] };
  time += 30_000;
  expect(
    await ask(await first.token({}, { key: second.privateKey, header: { kid: 'ins_2' } })),
  ).toMatchObject({
    status: 200,
  });
  expect(await ask(await first.token({}, { header: { kid: 'ins_2' } }))).toMatchObject({ status: 401 });
  expect(await ask(await first.token({}, { header: { kid: undefined } }))).toMatchObject({ status: 401 });
  await app.stop();
});
