import { createClerkClient } from '@clerk/backend';
import type { Express } from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../src/app.ts';
import { rolesWith } from '../src/auth/permissions.ts';
import { ROLES, type Role } from '../src/auth/roles.ts';
import { createVerifiedTokens } from '../src/auth/verified-tokens.ts';
import type { Route } from '../src/http/route.ts';
import { createInngest } from '../src/identity/inngest-client.ts';
import { type BareBackend, startBareBackend } from './support/bare-backend.ts';
import { clerkInstance } from './support/clerk-instance.ts';
import { directoryOf } from './support/guarded-app.ts';
import { type Answer, call } from './support/people.ts';

let bare: BareBackend;
let tokens: Record<Role, string>;
beforeAll(async () => {
  bare = await startBareBackend();
  const [user, moderator, admin] = await Promise.all(ROLES.map((role) => bare.signUp(role)));
  tokens = { user: user!.token, moderator: moderator!.token, admin: admin!.token };
});
afterAll(() => bare?.stop());

const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method.toUpperCase()} ${path}`;

/**
 * Calls a route in a way that no route takes. Guards come ahead of validation: who may call it is told that the
 * request is wrong, everybody else is told what he always is, and nothing happens.
 */
function knock(route: Route, token?: string): Promise<Answer> {
  const path = route.path.replace(/:\w+/g, '0'.repeat(24)) as `/${string}`;
  return call(bare.url, `${route.method.toUpperCase()} ${path}?matrix=1`, {
    token,
    body: route.body && {},
  });
}

function admittedRoles({ guard }: Route): readonly Role[] {
  if (guard === 'anyone' || guard === 'signedIn') return ROLES;
  if (guard === 'admin') return ['admin'];
  // Administrators pass every role (A10).
  return 'permission' in guard ? rolesWith(guard.permission) : [...guard, 'admin'];
}

const guarded = () => bare.backend.routes.filter(({ guard }) => guard !== 'anyone');

describe('every declared route', () => {
  it('is open to all only where it is meant to be', () => {
    const open = bare.backend.routes.filter(({ guard }) => guard === 'anyone').map(nameOf);
    expect(open.sort()).toEqual([
      'GET /api/health',
      'GET /api/products',
      'GET /api/products/:id',
      'GET /api/ready',
    ]);
  });

  it('A10 admits the roles that it declares, and refuses the others', async () => {
    const wrong: string[] = [];
    for (const route of bare.backend.routes) {
      for (const role of ROLES) {
        const { status, body } = await knock(route, tokens[role]);
        const expected = admittedRoles(route).includes(role) ? 'invalid_request' : refusalOf(route);
        if (body.code !== expected) wrong.push(`${nameOf(route)} as ${role}: ${status} ${body.code}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['A5 no token', async () => undefined],
    ['A5 an expired token', () => signed({ exp: seconds(-120), iat: seconds(-180), nbf: seconds(-180) })],
    ['A5 a token that is not valid yet', () => signed({ nbf: seconds(120) })],
    ['A5 a token of another instance', () => clerkInstance().token({ sub: 'user_admin_3', role: 'admin' })],
    ['A5 a token of another issuer', () => signed({ iss: 'https://clerk.evil.example' })],
    ['B13 an API key', async () => 'ak_0123456789abcdef'],
    ['B13 a machine-to-machine token', async () => 'mt_0123456789abcdef'],
    ['B13 a machine-to-machine token as JWT', () => signed({ sub: 'mch_1' }, { cat: 'cl_B7d4PD333AAA' })],
    ['B13 an OAuth token', async () => 'oat_0123456789abcdef'],
    ['B13 an OAuth token as JWT', () => signed({}, { typ: 'at+jwt', cat: undefined })],
  ])('%s opens no guarded route', async (_what, make) => {
    const token = await make();
    const wrong: string[] = [];
    for (const route of guarded()) {
      const { status, body } = await knock(route, token);
      if (status !== 401 || body.message !== 'Unauthorized - Invalid token') {
        wrong.push(`${nameOf(route)}: ${status} ${body.code}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** A token that says it is the administrator's. */
const signed = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  bare.instance.token({ sub: 'user_admin_3', role: 'admin', ...claims }, { header });

const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;

function refusalOf({ guard }: Route): string {
  return guard === 'admin' ? 'admin_only' : 'insufficient_permissions';
}

describe('B12 another user', () => {
  /** For each route on one thing of somebody's: how its owner calls it. */
  const OWNED: Record<string, { body?: unknown }> = {
    'GET /api/orders/:id': {},
    'PUT /api/users/addresses/:id': { body: { city: 'Paris' } },
    'DELETE /api/users/addresses/:id': {},
  };
  /** These name a thing that is nobody's; what they change is the caller's own. */
  const NOBODYS = ['DELETE /api/users/wishlist/:productId'];

  it('is thought of for every route that names one thing', () => {
    const named = bare.backend.routes.filter(({ guard, path }) => guard === 'signedIn' && path.includes(':'));
    expect(named.map(nameOf).sort()).toEqual([...Object.keys(OWNED), ...NOBODYS].sort());
  });

  it('is answered as if the thing did not exist, and its owner is not', async () => {
    const [ada, bob] = [await bare.signUp(), await bare.signUp()];
    const things: Record<string, string> = {
      '/api/orders/:id': await orderOf(ada.token),
      '/api/users/addresses/:id': await addressOf(ada.token),
    };
    for (const [name, { body }] of Object.entries(OWNED)) {
      const [method, path] = name.split(' ') as [string, string];
      const at = (id: string) => `${method} ${path.replace(':id', id)}` as `${string} /${string}`;
      const thing = things[path]!;
      const hidden = await call(bare.url, at(thing), { token: bob.token, body });
      const absent = await call(bare.url, at('0'.repeat(24)), { token: bob.token, body });
      expect([name, hidden.status]).toEqual([name, 404]);
      expect({ ...hidden.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' });
      const own = await call(bare.url, at(thing), { token: ada.token, body });
      expect([name, own.status < 300]).toEqual([name, true]);
    }
  });

  it('is in no list, profile or export', async () => {
    const [ada, bob] = [await bare.signUp(), await bare.signUp()];
    await orderOf(ada.token);
    await addressOf(ada.token);
    const lists = guarded().filter(({ method, guard, path }) => {
      return method === 'get' && guard === 'signedIn' && !path.includes(':');
    });
    expect(lists.length).toBeGreaterThanOrEqual(5);
    for (const { path } of lists) {
      const { status, body } = await call(bare.url, `GET ${path as `/${string}`}`, { token: bob.token });
      expect([path, status]).toEqual([path, 200]);
      expect(JSON.stringify(body)).not.toContain(ada.clerkId);
      expect(JSON.stringify(body)).not.toContain('St James');
    }
  });

  async function addressOf(token: string): Promise<string> {
    const body = { fullName: 'Ada', line1: '12 St James Square', city: 'London', country: 'GB' };
    const answer = await call<{ id: string }>(bare.url, 'POST /api/users/addresses', { token, body });
    return answer.body.id;
  }

  async function orderOf(token: string): Promise<string> {
    const lamp = { name: 'Lamp', category: 'light', priceCents: 1, currency: 'EUR', stock: 1 };
    const { body: product } = await call(bare.url, 'POST /api/products', { token: tokens.admin, body: lamp });
    const body = { items: [{ productId: product.id, quantity: 1 }], addressId: await addressOf(token) };
    const answer = await call<{ id: string }>(bare.url, 'POST /api/orders', { token, body });
    return answer.body.id;
  }
});

interface Layer {
  rawPath: string | RegExp | string[];
  route?: { path: string; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
}

/** Every method and path that an Express router answers, and every prefix under which something else does. */
function mounted(stack: readonly Layer[], under = ''): string[] {
  return stack.flatMap(({ rawPath, route, handle }) => {
    if (route) {
      return Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${under}${route.path}`);
    }
    const prefix = rawPath === '/' ? under : `${under}${rawPath}`;
    if (handle.stack) return mounted(handle.stack, prefix);
    return prefix === '' ? [] : [`ALL ${prefix}`];
  });
}

describe('the application', () => {
  it('mounts nothing under /api that is not declared, except the webhook and Inngest', () => {
    const { routes } = bare.backend;
    const there = mounted((appOf(routes).router as unknown as { stack: Layer[] }).stack);
    const declared = routes.map(nameOf);
    const undeclared = there.filter((name) => / \/api(\/|$)/.test(name) && !declared.includes(name));
    // Inngest's own handler, and the parser ahead of it.
    expect(new Set(undeclared)).toEqual(new Set(['POST /api/webhooks/clerk', 'ALL /api/inngest']));
    expect(there).toEqual(expect.arrayContaining(declared));
  });

  it('declares no route twice', () => {
    const names = bare.backend.routes.map(nameOf);
    expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([]);
  });

  it('answers what nobody declared with 404', async () => {
    for (const path of ['/api', '/api/', '/api/users', '/API/health', '/api/orders/1/items'] as const) {
      expect(await call(bare.url, `GET ${path}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
  });
});

function appOf(routes: readonly Route[]): Express {
  const { env } = bare;
  const log = pino({ level: 'silent' });
  const { publishableKey, secretKey, apiUrl } = env.clerk;
  return buildApp({
    env,
    log,
    version: '0',
    clerk: createClerkClient({ publishableKey, secretKey, apiUrl, telemetry: { disabled: true } }),
    signingKeys: { find: async () => undefined },
    verifiedTokens: createVerifiedTokens({ now: Date.now, capacity: 1 }),
    directory: directoryOf(new Map()),
    webhook: (_req, res) => void res.end(),
    inngest: createInngest({ env, log }),
    functions: [],
    routes,
    auditRefusals: (_req, _res, next) => next(),
    beginAct: async () => () => {},
  });
}
