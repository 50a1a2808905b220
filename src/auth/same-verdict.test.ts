import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Claims, clerkInstance } from '../../test/support/clerk-instance.ts';
import { type Asking, type Judges, startJudges } from '../../test/support/verdict.ts';

/**
 * A request, good or malicious. The SDK is the judge: ours gives the same verdict, on first sight and from memory, or
 * is stricter for the reason given.
 */
interface Case extends Asking {
  stricter?: string;
}

const instance = clerkInstance();
const now = Math.floor(Date.now() / 1000);
let judges: Judges;
let genuine: string;

beforeAll(async () => {
  genuine = await instance.token({ role: 'user' });
  judges = await startJudges(instance, (req, _res, next) => {
    const forged = () => ({ userId: 'user_forged', tokenType: 'session_token', isAuthenticated: true });
    const foreign = req.headers['x-foreign'];
    if (foreign === 'plain') Object.assign(req, { auth: forged });
    if (foreign === 'branded')
      Object.assign(req, { auth: Object.assign(forged, { [Symbol.for('@clerk/express.auth')]: true }) });
    next();
  });
});
afterAll(() => judges.stop());

const bearer = (token: string, ...more: string[]): Case => ({
  headers: ['Authorization', `Bearer ${token}`, ...more],
});
const header = (value: string, ...more: string[]): Case => ({ headers: ['Authorization', value, ...more] });
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const pem = () => instance.jwtKey;

/** A token of any header, signed however it is said. */
function forge(head: Claims, signature: (input: string) => Buffer, claims: Claims = {}): string {
  const input = `${part({ cat: 'cl_B7d4PD111AAA', kid: instance.kid, typ: 'JWT', ...head })}.${part(instance.claims(claims))}`;
  return `${input}.${signature(input).toString('base64url')}`;
}

const rsa =
  (digest: string, options = {}) =>
  (input: string) =>
    sign(digest, Buffer.from(input), { key: instance.privateKey, ...options });
const hmac = (digest: string, secret: string | Buffer) => (input: string) =>
  createHmac(digest, secret).update(input).digest();
const none = () => Buffer.alloc(0);

async function good(): Promise<Record<string, Case>> {
  const t = (claims: Claims = {}, head: Claims = {}) => instance.token(claims, { header: head });
  return {
    genuine: bearer(genuine),
    'with a role': bearer(await t({ role: 'admin', metadata: { shop: ['a', { b: 1 }] } })),
    'in an organization': bearer(
      await t({ o: { id: 'org_1', rol: 'admin', slg: 's', per: 'read,manage', fpm: '3' }, fea: 'o:posts' }),
    ),
    'in an organization, version 1': bearer(
      await t({ v: undefined, org_id: 'org_1', org_role: 'org:admin', org_permissions: ['org:a:b'] }),
    ),
    impersonated: bearer(await t({ act: { sub: 'user_admin', iss: 'https://clerk.com' } })),
    'of the other session category': bearer(await t({}, { cat: 'cl_I7d4PD111III' })),
    'without category': bearer(await t({}, { cat: undefined })),
    'without typ': bearer(await t({}, { typ: undefined })),
    'without kid': bearer(await t({}, { kid: undefined })),
    'of an unknown kid': bearer(await t({}, { kid: 'ins_unknown' })),
    'expired 3 s ago, within the skew': bearer(await t({ exp: now - 3 })),
    'valid in 3 s, within the skew': bearer(await t({ nbf: now + 3 })),
    'without nbf and iat': bearer(await t({ nbf: undefined, iat: undefined })),
    'with an audience': bearer(await t({ aud: 'https://api.shop.example' })),
    'for ten years': bearer(await t({ exp: now + 315_360_000 })),
    'of 6 kB': bearer(await t({ metadata: { pad: 'x'.repeat(4000) } })),
    'beside cookies': bearer(await t(), 'Cookie', '__session=junk; __client_uat=1'),
    'beside a browser’s headers': bearer(await t(), 'Accept', 'text/html', 'Sec-Fetch-Dest', 'document'),
    'from another origin': bearer(await t(), 'Origin', 'https://evil.example'),
    'with an unknown critical header': bearer(await t({}, {})),
  };
}

async function badTokens(): Promise<Record<string, Case>> {
  const t = (claims: Claims = {}, head: Claims = {}) => instance.token(claims, { header: head });
  const [head, payload, signature] = genuine.split('.') as [string, string, string];
  const { privateKey: otherKey, publicKey: otherPublic } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
  });
  const other = (extra: Claims = {}) =>
    forge({ alg: 'RS256', ...extra }, (input) => sign('sha256', Buffer.from(input), otherKey));
  const jwk = {
    ...(otherPublic.export({ format: 'jwk' }) as object),
    kid: instance.kid,
    alg: 'RS256',
    use: 'sig',
  };
  return {
    nothing: {},
    'one part': bearer('abc'),
    'two parts': bearer(`${head}.${payload}`),
    'three parts of junk': bearer('a.b.c'),
    'four parts': bearer(`${genuine}.x`),
    'five parts': bearer(`${genuine}.x.y`),
    'empty parts': bearer('..'),
    'no header': bearer(`.${payload}.${signature}`),
    'no payload': bearer(`${head}..${signature}`),
    'no signature': bearer(`${head}.${payload}.`),
    'header null': {
      ...bearer(`${part(null)}.${payload}.${signature}`),
      stricter: 'the SDK throws, and Express answers 500',
    },
    'header a list': bearer(`${part([])}.${payload}.${signature}`),
    'payload null': bearer(`${head}.${part(null)}.${signature}`),
    'payload a text': bearer(`${head}.${part('x')}.${signature}`),
    'other claims': bearer(`${head}.${part({ ...instance.claims(), sub: 'user_root' })}.${signature}`),
    'a signature bit flipped': bearer(
      `${head}.${payload}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`,
    ),
    'a signature cut short': bearer(genuine.slice(0, -4)),
    'a signature made longer': bearer(`${genuine}AAAA`),
    'a signature of zeros': bearer(`${head}.${payload}.${Buffer.alloc(256).toString('base64url')}`),
    'a signature of ones': bearer(`${head}.${payload}.${Buffer.alloc(256, 255).toString('base64url')}`),
    'of another key': bearer(other()),
    'of another key, embedded as jwk': bearer(other({ jwk })),
    'of another key, at a jku': bearer(other({ jku: 'http://127.0.0.1:9/jwks.json' })),
    'of another key, at an x5u': bearer(other({ x5u: 'http://127.0.0.1:9/cert.pem' })),
    'of another key, in an x5c': bearer(other({ x5c: ['MIIB'] })),
    'kid a path': bearer(other({ kid: '../../../../dev/null' })),
    'kid an injection': bearer(other({ kid: "x' UNION SELECT 'key" })),
    'kid not a text': bearer(other({ kid: { $ne: '' } })),
    'kid __proto__': bearer(other({ kid: '__proto__' })),
    'alg none': bearer(forge({ alg: 'none' }, none)),
    'alg None': bearer(forge({ alg: 'None' }, none)),
    'alg NONE with a signature': bearer(`${part({ alg: 'NONE', typ: 'JWT' })}.${payload}.${signature}`),
    'alg none with the signature': bearer(`${part({ alg: 'none', typ: 'JWT' })}.${payload}.${signature}`),
    'alg empty': bearer(forge({ alg: '' }, rsa('sha256'))),
    'alg missing': bearer(forge({}, rsa('sha256'))),
    'alg a list': bearer(forge({ alg: ['RS256'] }, rsa('sha256'))),
    'alg rs256': bearer(forge({ alg: 'rs256' }, rsa('sha256'))),
    'HS256 with the PEM as secret': bearer(forge({ alg: 'HS256' }, hmac('sha256', pem()))),
    'HS256 with the trimmed PEM': bearer(forge({ alg: 'HS256' }, hmac('sha256', pem().trim()))),
    'HS256 with the DER': bearer(forge({ alg: 'HS256' }, hmac('sha256', der(instance.publicKey)))),
    'HS256 with the modulus': bearer(forge({ alg: 'HS256' }, hmac('sha256', modulus(instance.publicKey)))),
    'HS256 with an empty secret': bearer(forge({ alg: 'HS256' }, hmac('sha256', ''))),
    'HS384 with the PEM': bearer(forge({ alg: 'HS384' }, hmac('sha384', pem()))),
    'HS512 with the PEM': bearer(forge({ alg: 'HS512' }, hmac('sha512', pem()))),
    'RS256 that is an HMAC': bearer(forge({ alg: 'RS256' }, hmac('sha256', pem()))),
    'RS256 that is RS512': bearer(forge({ alg: 'RS256' }, rsa('sha512'))),
    'RS256 that is SHA-1': bearer(forge({ alg: 'RS256' }, rsa('sha1'))),
    'RS256 that is PSS': bearer(forge({ alg: 'RS256' }, rsa('sha256', { padding: 6 }))),
    RS384: bearer(forge({ alg: 'RS384' }, rsa('sha384'))),
    RS512: bearer(forge({ alg: 'RS512' }, rsa('sha512'))),
    PS256: bearer(forge({ alg: 'PS256' }, rsa('sha256', { padding: 6 }))),
    ES256: bearer(forge({ alg: 'ES256' }, ecdsa)),
    EdDSA: bearer(
      forge({ alg: 'EdDSA' }, (input) =>
        sign(null, Buffer.from(input), generateKeyPairSync('ed25519').privateKey),
      ),
    ),
    'typ at+jwt': bearer(await t({}, { typ: 'at+jwt', cat: undefined })),
    'typ JWS': bearer(await t({}, { typ: 'JWS' })),
    'of a JWT template': bearer(await t({}, { cat: 'cl_B7d4PD222AAA' })),
    'of a machine': bearer(await t({ sub: 'mch_1' }, { cat: undefined })),
    'M2M category': bearer(await t({}, { cat: 'cl_B7d8PD333AAA' })),
    'expired 10 s ago': bearer(await t({ exp: now - 10 })),
    'exp missing': bearer(await t({ exp: undefined })),
    'exp a text': bearer(await t({ exp: String(now + 60) })),
    'exp too large for a date': bearer(await t({ exp: 1e300 })),
    'nbf in a minute': bearer(await t({ nbf: now + 60 })),
    'nbf a text': bearer(await t({ nbf: 'soon' })),
    'iat in a minute': bearer(await t({ iat: now + 60 })),
    'iat a text': bearer(await t({ iat: 'now' })),
    'sub missing': bearer(await t({ sub: undefined })),
    'sub a number': bearer(await t({ sub: 1 })),
    'another party': bearer(await t({ azp: 'https://evil.example' })),
    'party missing': bearer(await t({ azp: undefined })),
    'party a list': bearer(await t({ azp: ['https://shop.example'] })),
    pending: bearer(await t({ sts: 'pending' })),
  };
}

async function badRequests(): Promise<Record<string, Case>> {
  const expired = await instance.token({ exp: now - 60 });
  const document = ['Accept', 'text/html', 'Sec-Fetch-Dest', 'document'];
  const cookies = `__session=${await instance.token()}; __client_uat=${now - 100}; __clerk_db_jwt=x`;
  const redirects = 'A5: JSON 401, never a redirect';
  const cookie = 'cookies do not authenticate: without them no other site can act for a user';
  const answered = 'the SDK ends the request with an empty 400: ours leaves it to the router, signed out';
  const form = 'RFC 6750 knows one form of the header';
  return {
    'an API key': bearer('ak_secret'),
    'an M2M token': bearer('mt_secret'),
    'an OAuth token': bearer('oat_secret'),
    Basic: header(`Basic ${Buffer.from(genuine).toString('base64')}`),
    'Basic with a token': header(`Basic ${genuine}`),
    'bearer in lower case': header(`bearer ${genuine}`),
    'two spaces': header(`Bearer  ${genuine}`),
    'a tab': header(`Bearer\t${genuine}`),
    'only the scheme': header('Bearer'),
    'an empty token': header('Bearer '),
    'in the query': { path: `/?token=${genuine}&access_token=${genuine}&__session=${genuine}` },
    'a session cookie alone': { headers: ['Cookie', `__session=${genuine}`] },
    'a wrong token beside good cookies': bearer('a.b.c', 'Cookie', cookies),
    'two headers, the good one second': {
      headers: ['Authorization', 'Bearer a.b.c', 'Authorization', `Bearer ${genuine}`],
    },
    'two headers, the good one first': {
      headers: ['Authorization', `Bearer ${genuine}`, 'Authorization', 'Bearer a.b.c'],
    },
    'two tokens, a comma between': header(`Bearer ${genuine}, Bearer ${genuine}`),
    'the proxy’s header': {
      headers: ['Proxy-Authorization', `Bearer ${genuine}`, 'X-Authorization', `Bearer ${genuine}`],
    },
    'the path //': { ...bearer(genuine), path: '//', stricter: answered },
    'the path //evil.example': {
      ...bearer(genuine),
      path: '//evil.example/x',
      stricter: 'two slashes are a host to some parsers and a path to others',
    },
    'a foreign req.auth': { headers: ['X-Foreign', 'plain'] },
    'headers of 17 kB': bearer('x'.repeat(17_000)),
    'headers claiming another host': bearer(
      'a.b.c',
      'X-Forwarded-Host',
      'evil.example',
      'X-Forwarded-Proto',
      'https',
    ),
    'the SDK’s own headers': bearer(
      'a.b.c',
      'x-clerk-auth-status',
      'signed-in',
      'x-clerk-auth-token',
      genuine,
    ),
    'a foreign req.auth with Clerk’s mark': {
      headers: ['X-Foreign', 'branded'],
      stricter: 'whatever was there before is replaced: only a token authenticates',
    },
    'no scheme': { ...header(genuine), stricter: form },
    'a word after the token': { ...header(`Bearer ${genuine} x`), stricter: form },
    'padding after the token': {
      ...bearer(`${genuine}==`),
      stricter: 'RFC 7515 has base64url without padding',
    },
    'more than 8 kB': {
      ...bearer(await instance.token({ pad: 'x'.repeat(8000) })),
      stricter: 'Clerk’s tokens fit a cookie of 4 kB',
    },
    'another issuer': {
      ...bearer(await instance.token({ iss: 'https://evil.clerk.accounts.dev' })),
      stricter: 'A4: the issuer is checked',
    },
    'no issuer': {
      ...bearer(await instance.token({ iss: undefined })),
      stricter: 'A4: the issuer is checked',
    },
    'cookies alone': { headers: ['Cookie', cookies], stricter: cookie },
    'cookies from another site': {
      method: 'POST',
      headers: ['Cookie', cookies, 'Origin', 'https://evil.example'],
      stricter: cookie,
    },
    'a page without a token': { headers: document, stricter: redirects },
    'a page with an expired token': { ...bearer(expired, ...document), stricter: redirects },
    'a page with an expired cookie': {
      headers: ['Cookie', `__session=${expired}; __client_uat=1; __clerk_db_jwt=x`, ...document],
      stricter: redirects,
    },
    'an open redirect': {
      path: '/?__clerk_redirect_url=https%3A%2F%2Fevil.example',
      headers: document,
      stricter: redirects,
    },
    'a handshake of junk': {
      path: '/?__clerk_handshake=junk',
      headers: document,
      stricter: 'the SDK answers 500: no handshake is looked at',
    },
    'a good token with the method TRACE': {
      ...bearer(genuine),
      method: 'TRACE',
      stricter: answered,
    },
  };
}

const der = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
const modulus = (key: KeyObject) => Buffer.from(String(key.export({ format: 'jwk' }).n), 'base64url');
const ecdsa = (input: string) =>
  sign('sha256', Buffer.from(input), {
    key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    dsaEncoding: 'ieee-p1363',
  });

test.for([
  ['good tokens', good, 20],
  ['bad tokens', badTokens, 60],
  ['bad requests', badRequests, 30],
] as const)('A4 A5 B13 %s: the SDK’s verdict, on first sight and from memory', async ([, make, atLeast]) => {
  const cases = Object.entries(await make());
  expect(cases.length).toBeGreaterThanOrEqual(atLeast);
  for (const [name, { stricter, ...asking }] of cases) {
    const sdk = await judges.sdk(asking);
    for (const sight of ['first', 'second']) {
      const ours = await judges.ours(asking);
      const expected = stricter === undefined ? sdk : { status: 401, admitted: null };
      expect({ name, sight, ...ours }).toEqual({ name, sight, ...expected });
      // A reason that no longer makes a difference leaves the table.
      if (stricter !== undefined)
        expect({ name, status: sdk.status }).not.toEqual({ name, status: ours.status });
    }
    // Whoever was asked about before, the genuine token still says what it says.
    expect((await judges.ours(bearer(genuine))).status).toBe(200);
  }
  expect(judges.calls).toEqual([]);
});

test('a genuine token with any one character changed: the SDK’s verdict', async () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'.split('');
  await fc.assert(
    fc.asyncProperty(fc.nat(genuine.length - 1), fc.constantFrom(...alphabet), async (at, character) => {
      const changed = `${genuine.slice(0, at)}${character}${genuine.slice(at + 1)}`;
      expect(await judges.ours(bearer(changed))).toEqual(await judges.sdk(bearer(changed)));
    }),
    { numRuns: 150 },
  );
});
