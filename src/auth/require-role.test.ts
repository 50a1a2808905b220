import { afterAll, beforeAll, expect, test } from 'vitest';
import { clerkInstance } from '../../test/support/clerk-instance.ts';
import { type GuardedApp, startGuardedApp, userOf } from '../../test/support/guarded-app.ts';
import { protectRoute, requireRole } from './index.ts';
import type { Role } from './roles.ts';

const instance = clerkInstance();
let app: GuardedApp;

beforeAll(async () => {
  app = await startGuardedApp(instance, {
    routes: (app) => {
      app.get('/moderators', protectRoute, requireRole(['moderator']), (_req, res) => void res.json({}));
      app.get('/both', protectRoute, requireRole(['admin', 'moderator']), (_req, res) => void res.json({}));
      app.get('/users', protectRoute, requireRole(['user']), (_req, res) => void res.json({}));
      app.get('/forgotten', requireRole(['user']), (_req, res) => void res.json({}));
    },
  });
  app.users.set('user_1', userOf());
});
afterAll(() => app.stop());

async function statusFor(path: string, role: unknown): Promise<number> {
  const headers = { authorization: `Bearer ${await instance.token({ role })}` };
  return (await fetch(app.url + path, { headers })).status;
}

test('A10 A14 the roles listed pass, an admin passes everywhere, nobody else does', async () => {
  const table: Record<string, Record<string, number>> = {
    '/moderators': { admin: 200, moderator: 200, user: 403, unknown: 403 },
    '/both': { admin: 200, moderator: 200, user: 403, unknown: 403 },
    // Whoever is signed in is at least a user.
    '/users': { admin: 200, moderator: 403, user: 200, unknown: 200 },
  };
  for (const [path, row] of Object.entries(table)) {
    for (const [role, status] of Object.entries(row)) {
      expect({ path, role, status: await statusFor(path, role) }).toEqual({ path, role, status });
    }
  }
});

test('A14 refused: 403 in the document’s words', async () => {
  const headers = { authorization: `Bearer ${await instance.token()}` };
  const response = await fetch(`${app.url}/both`, { headers });
  expect(await response.json()).toEqual({
    message: 'Forbidden - insufficient permissions',
    code: 'insufficient_permissions',
    requestId: '',
  });
});

test('A14 without protectRoute: 401 as from adminOnly', async () => {
  expect(await statusFor('/forgotten', 'admin')).toBe(401);
});

test('A14 no role, or one that does not exist, is a mistake that shows when the route is made', () => {
  expect(() => requireRole([])).toThrow(/at least one role/);
  expect(() => requireRole(['editor' as Role])).toThrow(/knows no role "editor": use user, moderator, admin/);
});
