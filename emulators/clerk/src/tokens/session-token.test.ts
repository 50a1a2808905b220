import type { Server } from 'node:http';
import { type ClerkClient, createClerkClient, type User } from '@clerk/backend';
import { clerkMiddleware, getAuth } from '@clerk/express';
import express from 'express';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf } from '../testing/client.ts';

const ORIGIN = 'http://localhost:3000';

let clerk: ClerkEmulator;
let client: ClerkClient;
let user: User;
let servers: Server[] = [];

beforeAll(async () => {
  clerk = await startClerkEmulator();
  client = clientOf(clerk);
});
beforeEach(async () => {
  await clerk.reset();
  user = await client.users.createUser({
    emailAddress: ['ada@x.test'],
    firstName: 'Ada',
    publicMetadata: { role: 'admin', team: { name: 'Blue' } },
  });
});
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  servers = [];
});
afterAll(() => clerk.stop());

/** An Express application behind the official middleware; answers what it makes of a token. */
async function guard(options: { jwtKey?: string; authorizedParties?: string[] }) {
  const { secretKey, publishableKey, apiUrl } = clerk;
  const clerkClient = createClerkClient({ secretKey, publishableKey, apiUrl, telemetry: { disabled: true } });
  const app = express();
  app.use(clerkMiddleware({ clerkClient, secretKey, publishableKey, ...options }));
  app.get('/', (request, response) => {
    const { userId, sessionClaims } = getAuth(request);
    response.status(userId ? 200 : 401).json({ userId, sessionClaims });
  });
  const server = app.listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  return async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers });
    return {
      status: answer.status,
      body: (await answer.json()) as { userId: string; sessionClaims: object },
    };
  };
}

test('a token bears the claims of version 2 for a minute', async () => {
  const { session, token } = clerk.signIn(user.id);
  const now = Math.floor(Date.now() / 1000);
  const claims = decodeJwt(token);
  expect(claims).toEqual({
    azp: ORIGIN,
    exp: Number(claims.iat) + 60,
    fva: [0, -1],
    iat: expect.any(Number),
    iss: `https://${Buffer.from(clerk.publishableKey.slice('pk_test_'.length), 'base64').toString().slice(0, -1)}`,
    jti: expect.stringMatching(/^[0-9a-f]{20}$/),
    nbf: Number(claims.iat) - 10,
    role: 'admin',
    sid: session.id,
    sts: 'active',
    sub: user.id,
    v: 2,
  });
  expect(Math.abs(Number(claims.iat) - now)).toBeLessThanOrEqual(2);
  expect(decodeProtectedHeader(token)).toEqual({
    alg: 'RS256',
    cat: 'cl_B7d4PD111AAA',
    kid: clerk.signingKeys()[0]?.kid,
    typ: 'JWT',
  });
});

test('the SDK mints the same, for as long as it is asked to', async () => {
  const { id } = await client.sessions.createSession({ userId: user.id });
  const claims = decodeJwt((await client.sessions.getToken(id)).jwt);
  expect(claims).toMatchObject({ sub: user.id, sid: id, role: 'admin', azp: ORIGIN });
  const long = decodeJwt((await client.sessions.getToken(id, undefined, 3600)).jwt);
  expect(Number(long.exp) - Number(long.iat)).toBe(3600);
});

test.each(['CLERK_JWT_KEY', 'JWKS'])(
  'Express accepts it by %s, with the origin among the authorized ones',
  async (by) => {
    const keys = by === 'JWKS' ? {} : { jwtKey: clerk.jwtKey };
    const ask = await guard({ ...keys, authorizedParties: [ORIGIN] });
    const { token } = clerk.signIn(user.id);
    expect(await ask(token)).toMatchObject({
      status: 200,
      body: { userId: user.id, sessionClaims: { role: 'admin' } },
    });
    expect((await ask(`${token.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
  },
);

test('a token of another origin, of none, and an expired one are turned away', async () => {
  const ask = await guard({ jwtKey: clerk.jwtKey, authorizedParties: [ORIGIN] });
  const { session } = clerk.signIn(user.id);
  expect((await ask(clerk.token(session.id, { origin: 'http://evil.test' }))).status).toBe(401);
  expect((await ask(clerk.token(session.id, { origin: null }))).status).toBe(401);
  expect((await ask(clerk.token(session.id, { ageSeconds: 70 }))).status).toBe(401);
  expect((await ask(clerk.token(session.id, { ageSeconds: 70, lifetimeSeconds: 120 }))).status).toBe(200);
});

test('the origin of all tokens can be set, or left out as Clerk does for tokens of the Backend API', async () => {
  const { id } = await client.sessions.createSession({ userId: user.id });
  clerk.origin = 'https://shop.test';
  expect(decodeJwt((await client.sessions.getToken(id)).jwt).azp).toBe('https://shop.test');
  clerk.origin = null;
  expect(decodeJwt((await client.sessions.getToken(id)).jwt)).not.toHaveProperty('azp');
});

test('turning the clock does not make tokens that the verifier holds for tokens of the future', async () => {
  const ask = await guard({ jwtKey: clerk.jwtKey });
  const { session } = clerk.signIn(user.id);
  clerk.advance(3_600_000);
  expect((await ask(clerk.token(session.id))).status).toBe(200);
  expect(decodeJwt(clerk.token(session.id)).fva).toEqual([60, -1]);
});

test('without a template there is no role, and where the user has none it is null', async () => {
  const { session } = clerk.signIn(user.id);
  await client.users.replaceUserMetadata(user.id, { publicMetadata: {} });
  expect(decodeJwt(clerk.token(session.id)).role).toBeNull();
  clerk.sessionTokenTemplate = {};
  expect(decodeJwt(clerk.token(session.id))).not.toHaveProperty('role');
});

test('a template’s shortcodes keep their type, chain to a fallback, and fill longer texts', async () => {
  clerk.sessionTokenTemplate = {
    mail: '{{user.primary_email_address}}',
    verified: '{{user.email_verified}}',
    whole: '{{user.public_metadata}}',
    team: '{{user.public_metadata.team.name}}',
    nobody: '{{user.public_metadata.no.such.thing}}',
    greeting: 'Hello {{user.first_name}} {{user.last_name}}',
    fallback: "{{user.last_name || user.public_metadata.alias || 'No Name'}}",
    number: '{{user.public_metadata.age || 30}}',
    fixed: ['a', 1, { deep: '{{user.id}}' }],
  };
  const { token } = clerk.signIn(user.id);
  expect(decodeJwt(token)).toMatchObject({
    mail: 'ada@x.test',
    verified: true,
    whole: { role: 'admin', team: { name: 'Blue' } },
    team: 'Blue',
    nobody: null,
    greeting: 'Hello Ada null',
    fallback: 'No Name',
    number: 30,
    fixed: ['a', 1, { deep: user.id }],
  });
});

test('a template that Clerk would not take is refused', () => {
  const take = (template: object) => () => {
    clerk.sessionTokenTemplate = { ...template };
  };
  expect(take({ sub: 'user_other' })).toThrow(/claim sub is set by Clerk/);
  expect(take({ role: '{{usr.public_metadata.role}}' })).toThrow(/is no shortcode/);
});

test('a rotated key signs at once, the old one stays in the JWKS until it is removed', async () => {
  const ask = await guard({});
  const old = clerk.signIn(user.id).token;
  const oldKey = clerk.jwtKey;
  const [before] = clerk.signingKeys();
  const kid = await clerk.rotateSigningKey();
  expect(clerk.jwtKey).not.toBe(oldKey);
  const fresh = clerk.signIn(user.id).token;
  expect(decodeProtectedHeader(fresh).kid).toBe(kid);
  expect((await ask(old)).status).toBe(200);
  expect((await ask(fresh)).status).toBe(200);

  const jwks = () => createRemoteJWKSet(new URL(`${clerk.apiUrl}/.well-known/jwks.json`));
  await jwtVerify(old, jwks());
  clerk.removeSigningKey(before?.kid ?? '');
  await expect(jwtVerify(old, jwks())).rejects.toThrow(/no applicable key/);
  await jwtVerify(fresh, jwks());
  expect(() => clerk.removeSigningKey(kid)).toThrow(/No signing key to remove/);
});
