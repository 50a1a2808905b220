import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { EnvError, parseEnv } from './env.ts';

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
const keyFor = (host: string) => `pk_test_${Buffer.from(`${host}$`).toString('base64')}`;
const laptop = {
  NODE_ENV: 'development',
  CLERK_PUBLISHABLE_KEY: keyFor('happy-otter-1.clerk.accounts.dev'),
  CLERK_SECRET_KEY: 'sk_test_verysecret',
  CLERK_WEBHOOK_SECRET: secretOf(24),
};
const production = {
  ...laptop,
  NODE_ENV: 'production',
  MONGODB_URI: 'mongodb://db.internal/shop',
  INNGEST_EVENT_KEY: 'event-key',
  INNGEST_SIGNING_KEY: 'signkey-prod-0123456789abcdef',
};

function faultsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    parseEnv(environment);
  } catch (error) {
    if (error instanceof EnvError) return error.faults;
    throw error;
  }
  return [];
}

const pem = (bits: number, type: 'spki' | 'pkcs1' = 'spki') =>
  generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ type, format: 'pem' }).toString();

test('A1 the documented five, a MongoDB and an Inngest are enough for production', () => {
  const env = parseEnv({ ...production, ADMIN_EMAIL: ' Admin@Shop.example , second@shop.example,' });
  expect(env).toMatchObject({
    nodeEnv: 'production',
    port: 3000,
    adminEmails: ['admin@shop.example', 'second@shop.example'],
    clerk: { roleClaim: 'role', issuer: 'https://happy-otter-1.clerk.accounts.dev', authorizedParties: [] },
    inngest: { dev: false },
    userCacheMs: 1000,
  });
});

test('A1 every fault is told at once, with its cure, and no secret is printed', () => {
  const message = (() => {
    try {
      parseEnv({
        CLERK_PUBLISHABLE_KEY: 'pk_test_bm90aG9zdA',
        CLERK_SECRET_KEY: 'sk_live_verysecret',
        CLERK_WEBHOOK_SECRET: 'whsec_tooshort',
        MONGODB_URI: 'postgres://user:hunter2@db',
        PORT: '70000',
        USER_CACHE_MS: '-1',
        LOG_LEVEL: 'loud',
        ADMIN_EMAIL: 'nobody',
        CLERK_AUTHORIZED_PARTIES: 'https://shop.example/path',
      });
    } catch (error) {
      return (error as EnvError).message;
    }
    return '';
  })();
  for (const name of [
    'CLERK_PUBLISHABLE_KEY',
    'CLERK_SECRET_KEY',
    'CLERK_WEBHOOK_SECRET',
    'MONGODB_URI',
    'PORT',
    'USER_CACHE_MS',
    'LOG_LEVEL',
    'ADMIN_EMAIL',
    'CLERK_AUTHORIZED_PARTIES',
    'INNGEST_EVENT_KEY',
    'INNGEST_SIGNING_KEY',
  ]) {
    expect(message).toMatch(new RegExp(`- ${name} .+: .+`));
  }
  expect(message).not.toMatch(/verysecret|tooshort|hunter2/);
});

test('A1 production is what is meant where NODE_ENV is not set, and empty means not set', () => {
  const { NODE_ENV: _, ...rest } = production;
  expect(parseEnv({ ...rest, CLERK_JWT_KEY: '', SMTP_URL: '' }).nodeEnv).toBe('production');
});

test('A1 production refuses Inngest in development mode, where calls need no signature', () => {
  for (const INNGEST_DEV of ['1', 'true', 'http://127.0.0.1:8288']) {
    expect(faultsOf({ ...production, INNGEST_DEV })).toEqual([
      expect.stringMatching(/^INNGEST_DEV is for development only/),
    ]);
  }
  expect(faultsOf({ ...production, INNGEST_DEV: '0' })).toEqual([]);
});

test('A1 keys of two kinds of instance are refused', () => {
  expect(faultsOf({ ...laptop, CLERK_SECRET_KEY: 'sk_live_x' })).toEqual([
    expect.stringMatching(/same instance/),
  ]);
});

test('A1 a JWT key that the SDK would silently misread stops the start', () => {
  const [right, long, pkcs1] = [pem(2048), pem(3072), pem(2048, 'pkcs1')];
  expect(faultsOf({ ...laptop, CLERK_JWT_KEY: right })).toEqual([]);
  for (const CLERK_JWT_KEY of [long, pkcs1, right.replaceAll('\n', '\\n'), 'nonsense']) {
    expect(faultsOf({ ...laptop, CLERK_JWT_KEY })).toEqual([expect.stringMatching(/^CLERK_JWT_KEY .+: /)]);
  }
});

test('A2 CLERK_WEBHOOK_SIGNING_SECRET is a second name, and both may hold a secret during a rotation', () => {
  const { CLERK_WEBHOOK_SECRET, ...rest } = laptop;
  const renamed = { ...rest, CLERK_WEBHOOK_SIGNING_SECRET: CLERK_WEBHOOK_SECRET };
  expect(parseEnv(renamed).clerk.webhookSecrets).toEqual([CLERK_WEBHOOK_SECRET]);
  const rotating = { ...laptop, CLERK_WEBHOOK_SIGNING_SECRET: secretOf(32) };
  expect(parseEnv(rotating).clerk.webhookSecrets).toEqual([CLERK_WEBHOOK_SECRET, secretOf(32)]);
  expect(faultsOf(rest)).toEqual([expect.stringMatching(/^CLERK_WEBHOOK_SECRET is not set/)]);
});

test('A4 the issuer is the instance’s own address, or that of the proxy in front of it', () => {
  const behind = parseEnv({ ...laptop, CLERK_PROXY_URL: 'https://shop.example/__clerk/' });
  expect(behind.clerk.issuer).toBe('https://shop.example/__clerk');
  expect(faultsOf({ ...laptop, CLERK_PROXY_URL: '/__clerk' })).toEqual([
    expect.stringMatching(/^CLERK_PROXY_URL is not valid/),
  ]);
});
