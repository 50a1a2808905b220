import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clerkInstance } from '../../test/support/clerk-instance.ts';
import { environmentOf, type GuardedApp, startGuardedApp, userOf } from '../../test/support/guarded-app.ts';
import { adminOnly, protectRoute } from './index.ts';

const instance = clerkInstance();
const production = {
  NODE_ENV: 'production',
  MONGODB_URI: 'mongodb://db',
  INNGEST_EVENT_KEY: 'k',
  INNGEST_SIGNING_KEY: 'signkey-test-1',
};
const ADMIN_EMAIL = ' Root@Shop.example, ada@shop.example ';
const apps = {} as Record<'development' | 'production', GuardedApp>;

beforeAll(async () => {
  const routes: Parameters<typeof startGuardedApp>[1]['routes'] = (app) => {
    app.post('/products', protectRoute, adminOnly, (_req, res) => void res.status(201).json({ made: true }));
    app.post('/forgotten', adminOnly, (_req, res) => void res.json({ made: true }));
    app.post('/swapped', adminOnly, protectRoute, (_req, res) => void res.json({ made: true }));
  };
  apps.development = await startGuardedApp(instance, { environment: { ADMIN_EMAIL }, routes });
  apps.production = await startGuardedApp(instance, {
    environment: { ...production, ADMIN_EMAIL },
    routes,
  });
});
beforeEach(() => {
  for (const app of Object.values(apps)) {
    app.log.length = 0;
    app.users.clear();
    app.users.set('user_1', userOf({ email: 'someone@shop.example' }));
  }
});
afterAll(async () => void (await Promise.all(Object.values(apps).map((app) => app.stop()))));

async function post(app: GuardedApp, claims: Record<string, unknown> = {}, path = '/products') {
  const response = await fetch(app.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${await instance.token(claims)}` },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const decisions = (app: GuardedApp) =>
  app.log
    .filter(({ decision }) => decision !== undefined)
    .map(({ clerkId, role, decision }) => ({ clerkId, role, decision }));

describe.each(['development', 'production'] as const)('in %s', (mode) => {
  test('A11 before or without protectRoute: 401, whatever the token says', async () => {
    for (const path of ['/forgotten', '/swapped']) {
      expect(await post(apps[mode], { role: 'admin' }, path)).toEqual({
        status: 401,
        body: {
          message: 'Unauthorized - authentication required',
          code: 'authentication_required',
          requestId: '',
        },
      });
    }
  });

  test('A12 the role admin lets through', async () => {
    expect((await post(apps[mode], { role: 'admin' })).status).toBe(201);
  });

  test('A13 every other role, and what only looks like admin, is refused', async () => {
    for (const role of [
      'moderator',
      'user',
      'Admin',
      'admin ',
      '',
      null,
      1,
      true,
      ['admin'],
      { admin: true },
      undefined,
    ]) {
      const { status, body } = await post(apps[mode], { role });
      expect({ role, status, message: body.message }).toEqual({
        role,
        status: 403,
        message: 'Forbidden - admin access only',
      });
    }
  });
});

test('A12 ADMIN_EMAIL admits in development only', async () => {
  for (const app of Object.values(apps)) app.users.set('user_1', userOf({ email: 'ada@shop.example' }));
  expect((await post(apps.development)).status).toBe(201);
  expect((await post(apps.production)).status).toBe(403);
});

test('B14 ADMIN_EMAIL is compared trimmed and whatever its case, and only for an address that Clerk has verified', async () => {
  const statusFor = async (user: Parameters<typeof userOf>[0]) => {
    apps.development.users.set('user_1', userOf(user));
    return (await post(apps.development)).status;
  };
  expect(await statusFor({ email: 'ROOT@shop.EXAMPLE' })).toBe(201);
  expect(await statusFor({ email: 'root@shop.example', emailVerified: false })).toBe(403);
  expect(await statusFor({ email: null })).toBe(403);
  expect(await statusFor({ email: 'root@shop.example.evil.example' })).toBe(403);
});

test('A13 the details name the role in development, and production gives none', async () => {
  const refusal = { message: 'Forbidden - admin access only', code: 'admin_only', requestId: '' };
  const detailsOf = async (claims: Record<string, unknown>) => (await post(apps.development, claims)).body;
  expect(await detailsOf({})).toEqual({ ...refusal, details: 'Rol actual: ninguno' });
  expect(await detailsOf({ role: 'moderator' })).toEqual({ ...refusal, details: 'Rol actual: moderator' });
  expect(await detailsOf({ role: 'editor' })).toEqual({ ...refusal, details: 'Rol actual: editor' });
  expect((await post(apps.production, { role: 'moderator' })).body).toEqual(refusal);
});

test('A15 each decision is logged in development: who, which role, by what, or refused', async () => {
  await post(apps.development, { role: 'admin' });
  await post(apps.development, { role: 'moderator' });
  apps.development.users.set('user_1', userOf({ email: 'ada@shop.example' }));
  await post(apps.development);
  expect(decisions(apps.development)).toEqual([
    { clerkId: 'user_1', role: 'admin', decision: 'admitted by role' },
    { clerkId: 'user_1', role: 'moderator', decision: 'refused' },
    { clerkId: 'user_1', role: 'ninguno', decision: 'admitted by email' },
  ]);
  expect(JSON.stringify(apps.development.log)).not.toMatch(/@shop\.example/);
  await post(apps.production, { role: 'admin' });
  await post(apps.production);
  expect(decisions(apps.production)).toEqual([]);
});

test('B10 an admin who was demoted after the token was made is refused, and told the role of now', async () => {
  const sync = { ...userOf().sync, version: { updatedAt: Date.now() + 2000, timestamp: 0, svixId: 'msg_2' } };
  apps.development.users.set('user_1', userOf({ role: 'moderator', sync, email: null }));
  expect(await post(apps.development, { role: 'admin' })).toMatchObject({
    status: 403,
    body: { details: 'Rol actual: moderator' },
  });
});

test('A10 the claim that holds the role may be another one', async () => {
  const app = await startGuardedApp(instance, {
    environment: { ...environmentOf(instance), CLERK_ROLE_CLAIM: 'metadata.role' },
    routes: (app) => void app.post('/products', protectRoute, adminOnly, (_req, res) => void res.json({})),
  });
  app.users.set('user_1', userOf({ email: null }));
  expect((await post(app, { metadata: { role: 'admin' } })).status).toBe(200);
  expect((await post(app, { role: 'admin' })).status).toBe(403);
  expect((await post(app, { metadata: 'admin' })).status).toBe(403);
  await app.stop();
});
