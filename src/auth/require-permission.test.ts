import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clerkInstance } from '../../test/support/clerk-instance.ts';
import { type GuardedApp, startGuardedApp, userOf } from '../../test/support/guarded-app.ts';
import { call } from '../../test/support/people.ts';
import { answerError } from '../http/error-response.ts';
import { HttpError } from '../http/errors.ts';
import { assertMay, callersScope, protectRoute, requirePermission, requireReverification } from './index.ts';
import { ROLES, type Role } from './roles.ts';

const instance = clerkInstance();
let app: GuardedApp;
beforeAll(async () => {
  app = await startGuardedApp(instance, {
    environment: { ADMIN_REVERIFY_MINUTES: '10' },
    routes(router) {
      router.patch(
        '/orders',
        protectRoute,
        requirePermission('orders:update'),
        (_req, res) => void res.json({}),
      );
      router.get('/orders', protectRoute, (req, res) => {
        res.json({ scope: callersScope(req, 'orders:read') });
      });
      router.get('/orders/:owner', protectRoute, (req, res) => {
        try {
          assertMay(
            req,
            'orders:read',
            { id: 'order_1', owner: String(req.params.owner) },
            'order_not_found',
          );
          res.json({});
        } catch (error) {
          answerError(error, req, res);
        }
      });
      router.get('/unprotected', requirePermission('orders:read'), (_req, res) => void res.json({}));
      router.get('/verified', protectRoute, requireReverification, (_req, res) => void res.json({}));
    },
  });
  for (const role of ROLES) app.users.set(`user_${role}`, userOf({ clerkId: `user_${role}`, role }));
});
afterAll(() => app?.stop());

const as = async (role: Role, request: `${string} /${string}`, claims: object = {}) =>
  call(app.url, request, { token: await instance.token({ sub: `user_${role}`, role, ...claims }) });

describe('requirePermission', () => {
  test('A14 lets through the roles that the table gives it to, and answers 403 to the others', async () => {
    expect((await as('moderator', 'PATCH /orders')).status).toBe(200);
    expect((await as('admin', 'PATCH /orders')).status).toBe(200);
    expect(await as('user', 'PATCH /orders')).toMatchObject({
      status: 403,
      body: { message: 'Forbidden - insufficient permissions', code: 'insufficient_permissions' },
    });
  });

  test('A11 without protectRoute answers 401', async () => {
    expect(await as('admin', 'GET /unprotected')).toMatchObject({
      status: 401,
      body: { message: 'Unauthorized - authentication required' },
    });
  });

  test('made with a permission that no role has, throws', () => {
    // @ts-expect-error: it does not compile either
    expect(() => requirePermission('orders:burn')).toThrow(/orders:burn/);
  });
});

describe('ownership', () => {
  test('narrows a list to one’s own, or to nothing', async () => {
    expect((await as('user', 'GET /orders')).body).toEqual({ scope: 'own' });
    expect((await as('moderator', 'GET /orders')).body).toEqual({ scope: 'any' });
  });

  test('B12 shows one’s own, hides another’s as if it were not there, and shows a moderator all', async () => {
    expect((await as('user', 'GET /orders/user_user')).status).toBe(200);
    expect((await as('moderator', 'GET /orders/user_user')).status).toBe(200);
    const { status, body } = await as('user', 'GET /orders/user_other');
    const absent = new HttpError('order_not_found');
    expect({ status, body }).toEqual({
      status: absent.status,
      body: { message: absent.message, code: 'order_not_found', requestId: '' },
    });
  });
});

describe('requireReverification', () => {
  test.each([
    ['the second factor just now', [90, 0], 200],
    ['the first just now, without a second', [9, -1], 200],
    ['the first just now, the second long ago', [0, 10], 403],
    ['the first long ago, without a second', [10, -1], 403],
    ['nobody knows when', undefined, 403],
  ])('%s', async (_when, fva, status) => {
    const answer = await as('admin', 'GET /verified', { fva });
    expect(answer.status).toBe(status);
    if (status !== 403) return;
    // What Clerk's own `useReverification()` looks for in the browser.
    expect(answer.body).toMatchObject({
      code: 'reverification_required',
      clerk_error: {
        type: 'forbidden',
        reason: 'reverification-error',
        metadata: { reverification: { level: 'second_factor', afterMinutes: 10 } },
      },
    });
  });
});
