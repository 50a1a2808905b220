import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { answerError } from './error-response.ts';
import { errorsOf, openApiDocument } from './openapi.ts';
import { registerRoutes } from './register-routes.ts';
import { route } from './route.ts';
import { type HttpServer, listen } from './server.ts';

const note = z.object({ id: z.string(), text: z.string(), stars: z.number() }).meta({ id: 'Note' });
const routes = [
  route({
    method: 'post',
    path: '/api/notes/:id',
    guard: 'anyone',
    tag: 'Notes',
    summary: 'Write a note',
    params: z.object({ id: z.string().regex(/^[a-z]+$/, 'Expected lower-case letters') }),
    query: z.object({ stars: z.coerce.number().int().default(1) }),
    body: z.object({ text: z.string().max(10), nested: z.object({ deep: z.number() }).strict().optional() }),
    status: 201,
    response: note,
    handler: ({ params, query, body }) => ({
      id: params.id,
      text: body.text,
      stars: query.stars,
      secret: 'leak',
    }),
  }),
  route({
    method: 'get',
    path: '/api/broken',
    guard: 'anyone',
    tag: 'Notes',
    summary: 'Answers what it did not declare',
    response: note,
    handler: () => ({ id: 'a' }) as never,
  }),
  route({
    method: 'delete',
    path: '/api/notes/:id',
    guard: 'admin',
    tag: 'Notes',
    summary: 'Remove a note',
    params: z.object({ id: z.string() }),
    handler: () => undefined,
  }),
];

let server: HttpServer;
beforeAll(async () => {
  const app = express();
  app.use(express.json({ limit: 1000 }), registerRoutes(routes));
  app.use(((error, req, res, _next) => answerError(error, req, res)) satisfies express.ErrorRequestHandler);
  server = await listen(app, { port: 0, host: '127.0.0.1' });
});
afterAll(() => server?.drain());

async function post(path: string, body: string, type = 'application/json') {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, never> & { issues: { in: string; path: string }[] },
  };
}

test('what fits is answered, cut to what is declared', async () => {
  expect(await post('/api/notes/abc?stars=4', '{"text":"hello"}')).toEqual({
    status: 201,
    body: { id: 'abc', text: 'hello', stars: 4 },
  });
});

test('B11 everything wrong is named, where it stands, in one answer', async () => {
  const { status, body } = await post(
    '/api/notes/ABC?stars=many&sort=up',
    '{"text":{"$gt":""},"nested":{"deep":1,"more":2},"isAdmin":true,"__proto__":{"role":"admin"}}',
  );
  expect(status).toBe(400);
  expect(body).toMatchObject({ message: 'Invalid request', code: 'invalid_request' });
  const places = body.issues.map((issue) => `${issue.in}:${issue.path}`);
  expect(places.sort()).toEqual([
    'body:__proto__',
    'body:isAdmin',
    'body:nested.more',
    'body:text',
    'params:id',
    'query:sort',
    'query:stars',
  ]);
  expect(({} as Record<string, unknown>).role).toBeUndefined();
});

test('B11 a body that is too large, no JSON, or no object is a 4xx of its own', async () => {
  expect(await post('/api/notes/abc', '{"text":')).toMatchObject({
    status: 400,
    body: { code: 'invalid_json' },
  });
  expect(await post('/api/notes/abc', '"text"')).toMatchObject({
    status: 400,
    body: { code: 'invalid_json' },
  });
  expect(await post('/api/notes/abc', 'text=a', 'text/plain')).toMatchObject({
    status: 400,
    body: { code: 'invalid_json' },
  });
  expect(await post('/api/notes/abc', '[]')).toMatchObject({
    status: 400,
    body: { code: 'invalid_request' },
  });
  const large = JSON.stringify({ text: 'x'.repeat(2000) });
  expect(await post('/api/notes/abc', large)).toMatchObject({
    status: 413,
    body: { code: 'body_too_large' },
  });
});

test('an answer that does not fit its declaration is a 500, not a leak', async () => {
  const response = await fetch(`${server.url}/api/broken`);
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ message: 'Internal server error', code: 'internal' });
});

test('paths and headers that cannot be read are a 4xx in the contract’s form', async () => {
  const path = await post('/api/notes/%zz', '{}');
  expect(path).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  const response = await fetch(`${server.url}/api/broken`, { headers: { 'x-long': 'x'.repeat(20_000) } });
  expect(response.status).toBe(431);
  expect(await response.json()).toMatchObject({ code: 'headers_too_large' });
});

test('the OpenAPI document says what the declarations say', () => {
  const document = openApiDocument(routes, { version: '1.2.3' });
  const operation = document.paths?.['/api/notes/{id}']?.post;
  expect(document.openapi).toBe('3.1.0');
  expect(operation?.operationId).toBe('postNotesById');
  expect(operation?.security).toBeUndefined();
  expect(operation?.parameters).toMatchObject([
    { in: 'path', name: 'id', required: true },
    { in: 'query', name: 'stars' },
  ]);
  expect(operation?.responses).toMatchObject({ 201: {}, 400: {}, 413: {} });
  const guarded = document.paths?.['/api/notes/{id}']?.delete;
  expect(guarded?.security).toEqual([{ session: [] }]);
  expect(Object.keys(guarded?.responses ?? {})).toEqual([
    '204',
    '400',
    '401',
    '403',
    '404',
    '429',
    '500',
    '503',
  ]);
  expect(routes[2] && errorsOf(routes[2])).toContain('admin_only');
});
