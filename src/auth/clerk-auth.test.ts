import { clerkMiddleware, getAuth } from '@clerk/express';
import express, { Router } from 'express';
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest';
import { clerkInstance } from '../../test/support/clerk-instance.ts';
import { type GuardedApp, startGuardedApp, userOf } from '../../test/support/guarded-app.ts';
import type { User } from '../identity/user.ts';
import type { ClerkAuth } from './clerk-auth.ts';
import { adminOnly, protectRoute, requireRole } from './index.ts';

const instance = clerkInstance();
let app: GuardedApp;

beforeAll(async () => {
  app = await startGuardedApp(instance, {
    before: (app) =>
      app.use((req, _res, next) => {
        // Another library's, or an attacker's of the supply chain: it must not count.
        req.auth = Object.assign(() => ({ userId: 'user_forged', isAuthenticated: true }), {
          userId: 'user_forged',
        }) as unknown as typeof req.auth;
        next();
      }),
    routes: (app) => {
      app.all('/who', (req, res) => {
        const { userId, sessionId, sessionClaims, sessionStatus } = req.auth();
        res.json({
          userId,
          sessionId,
          role: sessionClaims?.role ?? null,
          sessionStatus: sessionStatus ?? null,
        });
      });
      app.get('/pending', (req, res) => {
        res.json({
          as: req.auth().userId,
          with: req.auth({ treatPendingAsSignedOut: false }).userId,
          sdk: getAuth(req).userId,
        });
      });
      app.get('/has', (req, res) => {
        const { has, debug, orgId } = getAuth(req);
        res.json({
          orgId,
          admin: has({ role: 'org:admin' }),
          reads: has({ permission: 'org:posts:read' }),
          secret: JSON.stringify(debug()).includes(app.settings.secret),
        });
      });
      app.get('/token', async (req, res) => void res.json({ token: await req.auth().getToken() }));
      app.use('/sdk', clerkMiddleware({ publishableKey: 'pk_test_wrong', secretKey: '' }), (req, res) => {
        res.json({ userId: getAuth(req).userId });
      });
      app.get('/profile', protectRoute, (req, res) => void res.json({ user: req.user }));
    },
  });
  app.app.set('secret', instance.secretKey);
  app.users.set('user_1', userOf());
});
afterAll(() => app.stop());

async function ask(path: string, token?: string, method = 'GET') {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(app.url + path, { headers, method });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('A3 req.auth() answers on every route, signed in or not, and nobody is held up', async () => {
  const token = await instance.token({ role: 'admin' });
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    expect(await ask('/who', token, method)).toEqual({
      status: 200,
      body: { userId: 'user_1', sessionId: 'sess_1', role: 'admin', sessionStatus: 'active' },
    });
    expect(await ask('/who', undefined, method)).toEqual({
      status: 200,
      body: { userId: null, sessionId: null, role: null, sessionStatus: null },
    });
  }
  expect((await ask('/who', 'a.b.c')).body.userId).toBeNull();
});

test('a req.auth that somebody else has left there never counts', async () => {
  expect((await ask('/who')).body.userId).toBeNull();
  expect((await ask('/profile')).status).toBe(401);
  expect((await ask('/profile', await instance.token())).status).toBe(200);
});

test('a session with a task to do is signed out, unless a handler asks for it', async () => {
  const token = await instance.token({ sts: 'pending' });
  for (const _ of ['first sight', 'remembered']) {
    expect((await ask('/pending', token)).body).toEqual({ as: null, with: 'user_1', sdk: null });
  }
});

test('A8 has(), getToken() and debug() of a remembered token answer as the SDK’s', async () => {
  const token = await instance.token({
    o: { id: 'org_1', rol: 'admin', slg: 'shop', per: 'read', fpm: '1' },
    fea: 'o:posts',
  });
  for (const _ of ['first sight', 'remembered']) {
    expect((await ask('/has', token)).body).toEqual({
      orgId: 'org_1',
      admin: true,
      reads: true,
      secret: false,
    });
    expect((await ask('/token', token)).body).toEqual({ token });
  }
});

test('Clerk’s own middleware further down stands back, and its getAuth() agrees', async () => {
  expect(await ask('/sdk', await instance.token())).toEqual({ status: 200, body: { userId: 'user_1' } });
  expect(await ask('/sdk')).toEqual({ status: 200, body: { userId: null } });
});

test('the claims of a remembered token cannot be changed by a handler', async () => {
  const [auth] = await remembered(await instance.token({ metadata: { role: 'user' } }));
  expect(Object.isFrozen(auth)).toBe(true);
  expect(() => Object.assign(auth?.sessionClaims ?? {}, { role: 'admin' })).toThrow(TypeError);
  expect(() => Object.assign(Object(auth?.sessionClaims.metadata), { role: 'admin' })).toThrow(TypeError);
  expect(() => auth?.factorVerificationAge?.push(1)).toThrow(TypeError);
});

async function remembered(token: string): Promise<(ClerkAuth | undefined)[]> {
  await ask('/who', token);
  return [app.verified.get(token)];
}

test('A9 the guards work in any router, and a handler behind them needs no cast', () => {
  const router = Router();
  router.get('/profile', protectRoute, (req, res) => {
    expectTypeOf(req.user).toEqualTypeOf<User>();
    expectTypeOf(req.clerkAuth).toEqualTypeOf<ClerkAuth>();
    expectTypeOf(req.clerkAuth.userId).toEqualTypeOf<string>();
    res.json({ user: req.user });
  });
  router.post(
    '/products',
    protectRoute,
    adminOnly,
    async (req, res) => void res.json({ by: req.user.clerkId }),
  );
  router.put<{ id: string }>(
    '/products/:id',
    protectRoute,
    requireRole(['admin', 'moderator']),
    (req, res) => {
      expectTypeOf(req.params).toEqualTypeOf<{ id: string }>();
      res.json({ id: req.params.id, user: req.user.clerkId });
    },
  );
  express().use(protectRoute, router);
  // @ts-expect-error a role that does not exist
  expect(() => requireRole(['superuser'])).toThrow(TypeError);
});
