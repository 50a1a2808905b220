import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../src/http/errors.ts';
import type { Route } from '../src/http/route.ts';
import { type BareBackend, startBareBackend } from './support/bare-backend.ts';
import { call } from './support/people.ts';

const unknown = '0'.repeat(24);
const lamp = { name: 'Lamp', category: 'light', priceCents: 1999, currency: 'EUR', stock: 1 };

let bare: BareBackend;
let admin: { clerkId: string; token: string };
const unhandled: unknown[] = [];
const remember = (error: unknown) => void unhandled.push(error);
beforeAll(async () => {
  process.on('unhandledRejection', remember).on('uncaughtException', remember);
  bare = await startBareBackend();
  admin = await bare.signUp('admin');
});
afterEach(async () => {
  // Whatever came in: the process is up, nothing was left to fall on the floor, and nobody was polluted.
  expect((await call(bare.url, 'GET /api/health')).status).toBe(200);
  expect(unhandled).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  // Nor was anything logged that is secret, or says who somebody is.
  const { secretKey, webhookSecrets } = bare.env.clerk;
  const log = bare.log.join('\n');
  for (const secret of [secretKey, ...webhookSecrets, admin.token, '@shop.example', 'secret-of-mine']) {
    expect(log).not.toContain(secret);
  }
});
afterAll(async () => {
  process.off('unhandledRejection', remember).off('uncaughtException', remember);
  await bare?.stop();
});

/** A refusal in the contract's form: its code stands in the registry, with a message and a cure. */
function expectRefusal(answer: { status: number; body: unknown }, code: ErrorCode) {
  const { status, message, cure } = ERRORS[code];
  expect(answer).toMatchObject({ status, body: { code, message, requestId: expect.any(String) } });
  expect(cure).not.toBe('');
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:\d|at \w+ \(/);
}

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${bare.url}/api/products`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json', ...headers },
  }).then(async (response) => ({ status: response.status, body: await response.json() }));

describe('a body', () => {
  it('over the limit is refused, also when it is small only while compressed', async () => {
    const body = JSON.stringify({ ...lamp, description: 'x'.repeat(110_000) });
    expectRefusal(await post(body), 'body_too_large');
    expectRefusal(await post(gzipSync(body), { 'content-encoding': 'gzip' }), 'body_too_large');
  });

  it.each([
    ['cut off', '{"name":"Lamp",'],
    ['text', 'name=Lamp'],
    ['a bare string', '"Lamp"'],
    ['a number', '7'],
    ['null', 'null'],
    ['two objects', '{}{}'],
    ['with a comment', '{/* a lamp */}'],
    ['not a number', '{"priceCents":NaN}'],
  ])('that is %s is no JSON object', async (_what, body) => {
    expectRefusal(await post(body), 'invalid_json');
  });

  it.each(['', '[]', '[{"name":"Lamp"}]', '{}', '{"":1}'])(
    'that is %s is not what is asked for',
    async (body) => {
      expectRefusal(await post(body), 'invalid_request');
    },
  );

  it('of another media type, or in an encoding that nobody knows, is refused', async () => {
    const body = JSON.stringify(lamp);
    expectRefusal(await post(body, { 'content-type': 'text/plain' }), 'invalid_json');
    expectRefusal(await post(body, { 'content-type': 'application/x-www-form-urlencoded' }), 'invalid_json');
    expectRefusal(await post(body, { 'content-encoding': 'zstd-9' }), 'unsupported_media_type');
    expectRefusal(
      await post(body, { 'content-type': 'application/json; charset=x' }),
      'unsupported_media_type',
    );
    expectRefusal(await post('no gzip', { 'content-encoding': 'gzip' }), 'bad_request');
  });

  it('that is nested a thousand deep is refused', async () => {
    const deep = `{"name":${'['.repeat(1000)}${']'.repeat(1000)}}`;
    expectRefusal(await post(deep), 'invalid_request');
  });

  it.each([
    ['__proto__', '{"__proto__":{"polluted":true}}'],
    ['__proto__ beside what is asked for', `{"__proto__":{"polluted":true},${JSON.stringify(lamp).slice(1)}`],
    ['constructor.prototype', '{"constructor":{"prototype":{"polluted":true}}}'],
    ['a nested __proto__', `{"name":{"__proto__":{"polluted":true}},"x":1}`],
  ])('with %s is refused', async (_what, body) => {
    expectRefusal(await post(body), 'invalid_request');
  });
});

/** What hardly any field takes. */
const OPERATORS = [{ $gt: '' }, { $ne: null }, { $where: 'sleep(9)' }, [{ $in: [] }], [[]], null, true];

/** What is no id of anything. */
const NO_IDS = ['1', '-1', 'null', '[object Object]', '{"$gt":""}', '$ne', '__proto__', 'é'.repeat(12)];

interface Sent {
  /** In place of each parameter of the path. */
  id?: string;
  query?: string;
  body?: unknown;
}

/** Calls a declared route as somebody who may call all of them. */
function send(route: Route, { id = unknown, query = '', body = route.body && {} }: Sent) {
  const path = route.path.replace(/:\w+/g, id) as `/${string}`;
  return call(bare.url, `${route.method.toUpperCase()} ${path}${query}`, { token: admin.token, body });
}

/** What to complain of where a call was not refused as an invalid request; nothing where it was. */
async function unlessRefused(route: Route, sent: Sent): Promise<string[]> {
  const { status, body } = await send(route, sent);
  if (status === 400 && body.code === 'invalid_request') return [];
  return [`${route.method} ${route.path} with ${JSON.stringify(sent)}: ${status} ${body?.code}`];
}

describe('B11 every declared route', () => {
  const fieldsOf = (schema: z.ZodObject | undefined) => Object.entries(schema?.shape ?? {});

  it('refuses operators in any field of its body', async () => {
    const complaints: string[] = [];
    for (const route of bare.backend.routes) {
      for (const [field, schema] of fieldsOf(route.body)) {
        const refused = OPERATORS.filter((value) => !z.safeParse(schema, value).success);
        expect([route.path, field, refused.length >= 5]).toEqual([route.path, field, true]);
        for (const value of refused) {
          complaints.push(...(await unlessRefused(route, { body: { [field]: value } })));
        }
      }
    }
    expect(complaints).toEqual([]);
  });

  it('refuses operators and repetitions in any parameter of its query', async () => {
    const complaints: string[] = [];
    for (const route of bare.backend.routes) {
      for (const [field] of fieldsOf(route.query)) {
        for (const query of [`?${field}[$ne]=1`, `?${field}=a&${field}=b`, `?${field}.$gt=1`]) {
          complaints.push(...(await unlessRefused(route, { query })));
        }
      }
    }
    expect(complaints).toEqual([]);
  });

  it('refuses fields that it does not know, and a body where it takes none', async () => {
    const complaints: string[] = [];
    for (const route of bare.backend.routes) {
      for (const query of ['?admin=true', '?$where=1', '?id[$ne]=1', '?__proto__=1']) {
        complaints.push(...(await unlessRefused(route, { query })));
      }
      if (route.method !== 'get') {
        complaints.push(...(await unlessRefused(route, { body: { admin: true } })));
      }
    }
    expect(complaints).toEqual([]);
  });

  it('refuses ids that are none', async () => {
    const complaints: string[] = [];
    // The ids of /api/admin are Clerk's and Svix's: what they look like is for those to say.
    const isOurs = ({ path }: Route) => path.includes(':') && !path.startsWith('/api/admin/');
    const ours = bare.backend.routes.filter(isOurs);
    for (const route of ours) {
      for (const id of NO_IDS.map(encodeURIComponent)) {
        complaints.push(...(await unlessRefused(route, { id })));
      }
    }
    expect(complaints).toEqual([]);
  });
});

/** Sends bytes as they are, and answers with what came back until the connection closed. */
function raw(request: string): Promise<{ status: number; body: unknown }> {
  const { hostname, port } = new URL(bare.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', reject).on('close', () => {
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1]), body: body === '' ? '' : JSON.parse(body) });
    });
  });
}

const get = (path: string, ...headers: string[]) =>
  raw([`GET ${path} HTTP/1.1`, 'Host: shop', 'Connection: close', ...headers, '', ''].join('\r\n'));

describe('a request', () => {
  it('with headers of 20 kB is refused', async () => {
    expectRefusal(await get('/api/health', `X-Long: ${'x'.repeat(20_000)}`), 'headers_too_large');
  });

  it.each([
    ['/api/products/%00', 'invalid_request'],
    ['/api/products/%E0%A4%A', 'bad_request'],
    ['/api/products/%', 'bad_request'],
    ['/api/products/%zz', 'bad_request'],
    ['/api/products/..%2f..%2fetc%2fpasswd', 'invalid_request'],
    ['/api/products/../../etc/passwd', 'not_found'],
    ['/docs/assets/..%2f..%2fpackage.json', 'not_found'],
    ['/docs/assets/%00', 'not_found'],
    ['//api/health', 'not_found'],
    ['/api/health/%', 'not_found'],
  ] as const)('for %s is refused', async (path, code) => {
    expectRefusal(await get(path), code);
  });

  it.each([
    ['no HTTP at all', 'HELLO\r\n\r\n'],
    ['a method that does not exist', 'FETCH /api/health HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n'],
    ['a path with a space', 'GET /api/a b HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n'],
    [
      'two lengths',
      'POST /api/products HTTP/1.1\r\nHost: shop\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
    ],
    [
      'a length and chunks',
      'POST /api/products HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
    ],
    ['a header with a zero byte', 'GET /api/health HTTP/1.1\r\nHost: shop\r\nX-A: a\0b\r\n\r\n'],
    ['a name of a header with a space', 'GET /api/health HTTP/1.1\r\nHost: shop\r\nX A: b\r\n\r\n'],
  ])('of %s is refused', async (_what, request) => {
    expectRefusal(await raw(request), 'bad_request');
  });

  it('that is given up half-way leaves nothing behind', async () => {
    const { hostname, port } = new URL(bare.url);
    await new Promise<void>((resolve) => {
      const head = `POST /api/products HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer ${admin.token}\r\n`;
      const socket = connect(Number(port), hostname, () => {
        socket.write(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name":`, () => {
          socket.destroy();
          resolve();
        });
      });
    });
  });
});

describe('credentials', () => {
  it.each([
    ['without a scheme', 'secret-of-mine'],
    ['of another scheme', 'Basic c2VjcmV0LW9mLW1pbmU6eA=='],
    ['twice', 'Bearer secret-of-mine, Bearer secret-of-mine'],
    ['that are no token', 'Bearer secret-of-mine'],
    ['that look like one', `Bearer ${'secret-of-mine.'.repeat(2)}sig`],
    ['with a header that is no object', `Bearer ${btoa('null')}.${btoa('{}')}.secret-of-mine`],
    ['of 10 kB', `Bearer ${'secret-of-mine'.repeat(700)}.a.b`],
    ['as an operator', 'Bearer [object Object]'],
  ])('%s are refused', async (_what, authorization) => {
    expectRefusal(
      await call(bare.url, 'GET /api/users/profile', { headers: { authorization } }),
      'invalid_token',
    );
  });

  it('in a cookie or in the query count for nothing', async () => {
    const cookie = { cookie: `__session=${admin.token}; __client_uat=1` };
    expectRefusal(await call(bare.url, 'GET /api/users/profile', { headers: cookie }), 'invalid_token');
    const inQuery = `GET /api/users/profile?__session=${admin.token}` as const;
    expectRefusal(await call(bare.url, inQuery), 'invalid_token');
  });
});

it('what is refused is logged', async () => {
  await post('{"secret-of-mine":');
  expect(bare.log.join('\n')).toContain('/api/products');
});
