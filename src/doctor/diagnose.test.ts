import { readFileSync } from 'node:fs';
import { type ClerkEmulator, startClerkEmulator } from '@frontdesk/clerk-emulator';
import { startInngestEmulator } from '@frontdesk/inngest-emulator';
import mongoose from 'mongoose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Person, signUp } from '../../test/support/people.ts';
import { type Stack, startStack } from '../../test/support/stack.ts';
import { type Complaint, diagnose } from './diagnose.ts';
import type { Check } from './finding.ts';

let stack: Stack;
let other: ClerkEmulator;
let person: Person;
beforeAll(async () => {
  [stack, other] = await Promise.all([startStack(), startClerkEmulator()]);
  person = await signUp(stack, { role: 'moderator', email: 'mod@shop.example' });
  await stack.clerk.idle();
  await stack.inngest.idle();
});
afterAll(async () => {
  await other?.stop();
  await stack?.stop();
});
afterEach(() => {
  stack.clerk.webhookUrl = `${stack.api}/api/webhooks/clerk`;
});

type Given = Partial<Omit<Complaint, 'environment' | 'token'>> & {
  environment?: Record<string, string>;
  token?: string;
};

const ask = ({ environment, token, ...given }: Given = {}): Promise<Check[]> =>
  diagnose({
    environment: { ...stack.environment, ...environment },
    api: stack.api,
    user: undefined,
    now: Date.now,
    token: Promise.resolve(token),
    ...given,
  });

/** The first trouble: the one that a reader mends first. */
const firstTrouble = async (given: Given) => (await ask(given)).find(({ ok }) => !ok);

const NAMES = [
  'environment',
  'clerk',
  'clock',
  'instance',
  'signing-key',
  'mongodb',
  'indexes',
  'inngest',
  'mail',
  'backend',
  'webhook',
  'functions',
  'admin-email',
];

test('where nothing is wrong every check is fine, in the order in which things break, without a side effect', async () => {
  const before = stack.log.length;
  const checks = await ask();
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks.map(({ name }) => name)).toEqual(NAMES);
  expect(checks.every(({ cure }) => cure === null)).toBe(true);
  const guide = readFileSync('docs/guides/troubleshooting.md', 'utf8');
  expect(NAMES.filter((name) => !guide.includes(`| \`${name}\` |`))).toEqual([]);
  expect(stack.log.slice(before).join()).not.toContain('"level":50');
});

describe('a trouble of the document is found by name:', () => {
  test('401: keys that are missing, of the wrong kind, or of two kinds of instance', async () => {
    expect(await ask({ environment: { CLERK_SECRET_KEY: '' } })).toEqual([
      expect.objectContaining({
        name: 'environment',
        ok: false,
        message: expect.stringMatching(/CLERK_SECRET_KEY/),
      }),
    ]);
    expect(await firstTrouble({ environment: { CLERK_SECRET_KEY: 'sk_live_mine' } })).toMatchObject({
      name: 'environment',
      message: expect.stringMatching(/same instance/),
    });
  });

  test('401: a secret key that is not this instance’s', async () => {
    const environment = { CLERK_SECRET_KEY: 'sk_test_mistyped' };
    const checks = await ask({ environment });
    const trouble = checks.find(({ ok }) => !ok);
    expect(trouble).toMatchObject({ name: 'clerk', message: 'Clerk refuses CLERK_SECRET_KEY' });
    expect(JSON.stringify(checks)).not.toContain('mistyped');
  });

  test('401: two keys of two applications', async () => {
    const environment = { CLERK_PUBLISHABLE_KEY: other.publishableKey };
    expect(await firstTrouble({ environment })).toMatchObject({ name: 'instance' });
  });

  test('401: a JWT key of another instance', async () => {
    expect(await firstTrouble({ environment: { CLERK_JWT_KEY: other.jwtKey } })).toMatchObject({
      name: 'signing-key',
    });
  });

  test('401: a token that has expired, since when', async () => {
    const token = stack.clerk.token(person.sessionId, { ageSeconds: 103 });
    expect(await firstTrouble({ token })).toMatchObject({
      name: 'token.exp',
      message: expect.stringMatching(/^expired since 4[3-9] s$/),
      cure: expect.stringContaining('getToken()'),
    });
  });

  test('401: a token of another application, and one of a machine', async () => {
    const stranger = await other.signIn((await foreigner()).id);
    const checks = await ask({ token: stranger.token });
    expect(checks.filter(({ ok, name }) => !ok && name.startsWith('token')).map(({ name }) => name)).toEqual([
      'token.signature',
      'token.iss',
    ]);
    expect(await firstTrouble({ token: 'ak_0123456789' })).toMatchObject({
      name: 'token',
      message: expect.stringContaining('machine token'),
    });
    expect(await firstTrouble({ token: 'undefined' })).toMatchObject({ name: 'token' });
  });

  test('401: a token of a page that is not authorized', async () => {
    const token = stack.clerk.token(person.sessionId, { origin: 'https://evil.example' });
    const environment = { CLERK_AUTHORIZED_PARTIES: 'https://shop.example' };
    expect(await firstTrouble({ token, environment })).toMatchObject({ name: 'token.azp' });
  });

  test('403: the role claim is missing, and what to add to the session token', async () => {
    const template = stack.clerk.sessionTokenTemplate;
    stack.clerk.sessionTokenTemplate = {};
    const token = stack.clerk.token(person.sessionId);
    stack.clerk.sessionTokenTemplate = template;
    expect(await firstTrouble({ token })).toMatchObject({
      name: 'token.role',
      message: expect.stringContaining('missing'),
      cure: expect.stringContaining('{"role":"{{user.public_metadata.role}}"}'),
    });
    const environment = { CLERK_ROLE_CLAIM: 'metadata.role' };
    expect((await firstTrouble({ token, environment }))?.cure).toContain(
      '{"metadata":{"role":"{{user.public_metadata.role}}"}}',
    );
  });

  test('404: a user who is in Clerk and not in MongoDB', async () => {
    stack.clerk.webhookUrl = undefined;
    const { clerkId } = await signUp(stack);
    expect(await firstTrouble({ user: clerkId })).toMatchObject({
      name: 'user',
      message: expect.stringContaining('in Clerk and not in MongoDB'),
      cure: expect.stringContaining(`npm run sync -- --user ${clerkId}`),
    });
  });

  test('403: ADMIN_EMAIL in production, of somebody without the role', async () => {
    const environment = { ADMIN_EMAIL: 'mod@shop.example' };
    expect(await firstTrouble({ environment })).toMatchObject({
      name: 'admin-email',
      cure: expect.stringContaining('public metadata'),
    });
    const inDevelopment = { ...environment, NODE_ENV: 'development' };
    expect(await firstTrouble({ environment: inDevelopment })).toBeUndefined();
  });

  test('a webhook secret that is another endpoint’s', async () => {
    const environment = { CLERK_WEBHOOK_SECRET: other.webhookSecret };
    expect(await firstTrouble({ environment })).toMatchObject({ name: 'webhook' });
  });
});

describe('what else breaks is found by name:', () => {
  test('a service that cannot be reached', async () => {
    const unreachable = {
      clerk: { CLERK_API_URL: 'http://127.0.0.1:1' },
      mongodb: { MONGODB_URI: 'mongodb://root:hunter2@127.0.0.1:1/shop' },
      inngest: { INNGEST_DEV: 'http://127.0.0.1:1' },
      mail: { SMTP_URL: 'smtp://root:hunter2@127.0.0.1:1' },
    };
    const asked = Object.values(unreachable).map((environment) => ask({ environment }));
    const reports = await Promise.all(asked);
    const first = reports.map((checks) => checks.find(({ ok }) => !ok)?.name);
    expect(first).toEqual(Object.keys(unreachable));
    expect(JSON.stringify(reports)).not.toContain('hunter2');
  });

  test('a backend that is not where it was said to be; unsaid, it need not run', async () => {
    expect(await firstTrouble({ api: 'http://127.0.0.1:1' })).toMatchObject({ name: 'backend' });
    expect(await firstTrouble({ api: stack.clerk.apiUrl })).toMatchObject({ name: 'backend' });
    const checks = await ask({ api: undefined, environment: { PORT: '1' } });
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.find(({ name }) => name === 'backend')?.message).toMatch(/^not checked/);
  });

  test('functions that Inngest does not know', async () => {
    const empty = await startInngestEmulator();
    const trouble = await firstTrouble({ environment: { INNGEST_DEV: empty.url } });
    await empty.stop();
    expect(trouble).toMatchObject({ name: 'functions', cure: expect.stringContaining('curl -X PUT') });
  });

  test('an index that is missing', async () => {
    const connection = await mongoose.createConnection(stack.mongodbUri).asPromise();
    await connection.collection('users').dropIndex('clerkId_1');
    const trouble = await firstTrouble({});
    await connection.collection('users').createIndex({ clerkId: 1 }, { unique: true });
    await connection.close();
    expect(trouble).toMatchObject({
      name: 'indexes',
      message: '1 are missing: users(clerkId)',
      cure: 'Run `npm run migrate`.',
    });
  });

  test('users who differ, are banned, are gone, or never were', async () => {
    const about = async (user: string) => (await firstTrouble({ user }))?.message;
    const { clerkId } = await signUp(stack);
    await expect.poll(() => about(clerkId)).toBeUndefined();
    await stack.clerkClient.users.banUser(clerkId);
    await expect.poll(() => about(clerkId)).toMatch(/is banned in Clerk/);
    stack.clerk.webhookUrl = undefined;
    await stack.clerkClient.users.updateUser(clerkId, { firstName: 'Augusta' });
    expect(await about(clerkId)).toMatch(/differs between Clerk and MongoDB in name$/);
    await stack.clerkClient.users.deleteUser(clerkId);
    expect(await about(clerkId)).toMatch(/in MongoDB and no longer in Clerk/);
    expect(await about('user_nobody')).toMatch(/neither in Clerk nor in MongoDB/);
  });

  test('a clock that is not Clerk’s', async () => {
    const ahead = await startClerkEmulator();
    ahead.advance(43_000);
    const environment = {
      CLERK_API_URL: ahead.apiUrl,
      CLERK_SECRET_KEY: ahead.secretKey,
      CLERK_PUBLISHABLE_KEY: ahead.publishableKey,
    };
    const trouble = await firstTrouble({ environment });
    await ahead.stop();
    expect(trouble).toMatchObject({
      name: 'clock',
      message: expect.stringMatching(/is 4[234] s behind Clerk’s/),
    });
  });
});

async function foreigner() {
  const headers = { authorization: `Bearer ${other.secretKey}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ email_address: ['else@where.example'] });
  const response = await fetch(`${other.apiUrl}/v1/users`, { method: 'POST', headers, body });
  return (await response.json()) as { id: string };
}
