import { generateKeyPairSync } from 'node:crypto';
import express, { Router } from 'express';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clerkInstance, ORIGIN } from '../../test/support/clerk-instance.ts';
import { directoryOf, type GuardedApp, startGuardedApp, userOf } from '../../test/support/guarded-app.ts';
import { HttpError } from '../http/errors.ts';
import type { User } from '../identity/user.ts';
import { protectRoute } from './index.ts';

const instance = clerkInstance();
const users = new Map<string, User>();
const failing = { now: undefined as unknown };
let app: GuardedApp;

beforeAll(async () => {
  const directory = directoryOf(users);
  app = await startGuardedApp(instance, {
    environment: { CLERK_AUTHORIZED_PARTIES: `${ORIGIN},https://admin.shop.example` },
    directory: {
      ...directory,
      known: (id) => (failing.now ? undefined : directory.known(id)),
      find: async (id) => {
        if (failing.now) throw failing.now;
        return directory.find(id);
      },
    },
    routes: (app) => {
      const router = Router();
      router.get('/profile', protectRoute, (req, res) => {
        const { userId, sessionId, sessionClaims } = req.clerkAuth;
        res.json({ user: req.user.clerkId, auth: { userId, sessionId, sessionClaims } });
      });
      app.use('/api', router);
      app.get('/open', (_req, res) => void res.json({ open: true }));
    },
  });
});
beforeEach(() => {
  failing.now = undefined;
  users.clear();
  users.set('user_1', userOf());
});
afterAll(() => app.stop());

const INVALID = { message: 'Unauthorized - Invalid token', code: 'invalid_token', requestId: '' };

async function profile(headers: Record<string, string>, path = '/api/profile') {
  const response = await fetch(app.url + path, { headers, redirect: 'manual' });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

const withToken = (token: string) => ({ authorization: `Bearer ${token}` });
const seconds = () => Math.floor(Date.now() / 1000);

test('A4 A8 a valid session token lets through, with the user and what the token says', async () => {
  const claims = instance.claims({ role: 'moderator' });
  const { status, body } = await profile(withToken(await instance.token(claims)));
  expect(status).toBe(200);
  expect(body).toEqual({
    user: 'user_1',
    auth: { userId: 'user_1', sessionId: 'sess_1', sessionClaims: claims },
  });
});

test('A4 the signature, times, issuer and authorized party of a token must be right', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const now = seconds();
  const [header, , signature] = (await instance.token()).split('.');
  const others = (await instance.token({ sub: 'user_2' })).split('.')[1];
  const bad = {
    'another key': await instance.token({}, { key: privateKey }),
    'other claims under the signature': `${header}.${others}.${signature}`,
    expired: await instance.token({ exp: now - 10 }),
    'no expiry': await instance.token({ exp: undefined }),
    'not yet valid': await instance.token({ nbf: now + 60 }),
    'made in the future': await instance.token({ iat: now + 60 }),
    'another issuer': await instance.token({ iss: 'https://evil.clerk.accounts.dev' }),
    'no issuer': await instance.token({ iss: undefined }),
    'another party': await instance.token({ azp: 'https://evil.example' }),
    'no party': await instance.token({ azp: undefined }),
    'no subject': await instance.token({ sub: '' }),
    'a session with a task to do': await instance.token({ sts: 'pending' }),
  };
  for (const [what, token] of Object.entries(bad)) {
    // Twice: what is remembered must not change the answer.
    for (const _ of [1, 2]) {
      const { status, body } = await profile(withToken(token));
      expect({ what, status, body }).toEqual({ what, status: 401, body: INVALID });
    }
  }
  expect((await profile(withToken(await instance.token({ azp: 'https://admin.shop.example' })))).status).toBe(
    200,
  );
  expect((await profile(withToken(await instance.token({ exp: now - 3 })))).status).toBe(200);
});

test('A5 what asks like a browser gets JSON too, never a redirect', async () => {
  const expired = await instance.token({ exp: seconds() - 60 });
  const cookies = `__session=${await instance.token()}; __client_uat=${seconds() - 100}; __clerk_db_jwt=x; __refresh_x=y`;
  const browser = { accept: 'text/html', 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' };
  const askings: [Record<string, string>, string?][] = [
    [{}],
    [browser],
    [{ ...browser, ...withToken(expired) }],
    [{ ...browser, cookie: cookies }],
    [{ ...browser, cookie: `__session=${expired}; __client_uat=1` }],
    [browser, '/api/profile?__clerk_handshake=junk'],
    [browser, '/api/profile?__clerk_handshake_nonce=n'],
    [browser, '/api/profile?__clerk_redirect_url=https://evil.example'],
    [browser, `/api/profile?__session=${await instance.token()}`],
  ];
  for (const [headers, path] of askings) {
    const answer = await profile(headers, path);
    expect(answer).toMatchObject({ status: 401, body: INVALID });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect([...answer.headers.keys()].filter((name) => /^(location|set-cookie|x-clerk)/.test(name))).toEqual(
      [],
    );
    expect((await fetch(`${app.url}/open`, { headers, redirect: 'manual' })).status).toBe(200);
  }
  expect(app.calls).toEqual([]);
});

test('A6 a valid token of nobody, or of a deleted user, is 404', async () => {
  const body = { message: 'User not found', code: 'user_not_found', requestId: '' };
  users.clear();
  expect(await profile(withToken(await instance.token()))).toMatchObject({ status: 404, body });
  users.set('user_1', userOf({ status: 'deleted', email: null }));
  expect(await profile(withToken(await instance.token()))).toMatchObject({ status: 404, body });
});

test('A7 a failure of ours is 500 without its cause, which is logged', async () => {
  failing.now = new Error('MongoDB fell over');
  const { status, body } = await profile(withToken(await instance.token()));
  expect({ status, body }).toEqual({
    status: 500,
    body: { message: 'Internal server error', code: 'internal', requestId: '' },
  });
  expect(app.log).toContainEqual(
    expect.objectContaining({ level: 50, code: 'internal', msg: 'Internal server error' }),
  );
  expect(JSON.stringify(app.log)).toContain('MongoDB fell over');
});

test('B5 where Clerk would have to be asked and cannot be: 503, and when to come back', async () => {
  failing.now = new HttpError('clerk_unavailable', { headers: { 'Retry-After': '1' } });
  const { status, headers } = await profile(withToken(await instance.token()));
  expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '1' });
});

test('B10 banned, locked, or signed out since the token was made: 401 at once', async () => {
  const token = await instance.token();
  expect((await profile(withToken(token))).status).toBe(200);
  for (const status of ['banned', 'locked'] as const) {
    users.set('user_1', userOf({ status }));
    expect(await profile(withToken(token))).toMatchObject({ status: 401, body: { code: 'user_not_active' } });
  }
  users.set('user_1', userOf({ sync: { ...userOf().sync, endedSessions: [{ id: 'sess_1', at: 0 }] } }));
  expect(await profile(withToken(token))).toMatchObject({
    status: 401,
    body: { message: 'Unauthorized - Invalid token', code: 'session_ended' },
  });
  expect((await profile(withToken(await instance.token({ sid: 'sess_2' })))).status).toBe(200);
});

test('B13 tokens of machines never authenticate, and Clerk is never asked about them', async () => {
  const machines = {
    'API key': 'ak_secret',
    M2M: 'mt_secret',
    OAuth: 'oat_secret',
    'OAuth JWT': await instance.token({}, { header: { typ: 'at+jwt', cat: undefined } }),
    'M2M JWT': await instance.token({ sub: 'mch_1' }, { header: { cat: undefined } }),
    'M2M category': await instance.token({}, { header: { cat: 'cl_B7d8PD333AAA' } }),
    'JWT template': await instance.token({}, { header: { cat: 'cl_B7d4PD222AAA' } }),
  };
  users.set('mch_1', userOf({ clerkId: 'mch_1' }));
  for (const [what, token] of Object.entries(machines)) {
    const { status, body } = await profile(withToken(token));
    expect({ what, status, body }).toEqual({ what, status: 401, body: INVALID });
  }
  expect(app.calls).toEqual([]);
});

test('A9 without clerkAuth the mistake is for the application’s own error handler, and nobody gets in', async () => {
  const told: unknown[] = [];
  const bare = express()
    .get('/', protectRoute, (_req, res) => void res.end())
    .use(((error, _req, res, _next) => {
      told.push(error);
      res.status(500).end();
    }) satisfies express.ErrorRequestHandler);
  const server = bare.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: withToken(await instance.token()) });
  server.close();
  expect(response.status).toBe(500);
  expect(String(told[0])).toMatch(/mount it ahead of every route/);
});

test('a setting that refuses good tokens is told in the log once, without the token', async () => {
  const tokens = [
    await instance.token({ azp: 'https://new-page.example' }),
    await instance.token({ azp: 'https://newer-page.example' }),
  ];
  for (const token of tokens) await profile(withToken(token));
  const told = app.log.filter(({ msg }) => String(msg).includes('CLERK_AUTHORIZED_PARTIES'));
  expect(told).toEqual([expect.objectContaining({ level: 40 })]);
  for (const token of tokens) expect(JSON.stringify(app.log)).not.toContain(token.slice(-40));
});
