import { request } from 'node:http';
import express from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { listen } from '../../test/support/guarded-app.ts';
import { requestLog } from './request-log.ts';

const lines: Record<string, unknown>[] = [];
let server: { url: string; stop(): Promise<void> };

beforeAll(async () => {
  const app = express();
  app.use(requestLog(pino({}, { write: (line) => void lines.push(JSON.parse(line)) })));
  app.get('/fine', (req, res) => {
    req.log.info('on the way');
    res.json({ id: req.id });
  });
  app.get('/broken', (_req, res) => void res.status(503).end());
  app.get('/never', () => {});
  server = await listen(app);
});
beforeEach(() => {
  lines.length = 0;
});
afterAll(() => server.stop());

test('each request leaves one line: id, method, path without its query, status and time', async () => {
  const response = await fetch(`${server.url}/fine?token=secret`, {
    headers: { authorization: 'Bearer secret' },
  });
  const { id } = (await response.json()) as { id: string };
  expect(response.headers.get('x-request-id')).toBe(id);
  await expect.poll(() => lines).toHaveLength(2);
  const req = { id, method: 'GET', path: '/fine' };
  expect(lines).toMatchObject([
    { level: 30, req, msg: 'on the way' },
    { level: 30, req, res: { status: 200 }, responseTime: expect.any(Number), msg: 'request completed' },
  ]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('a caller may choose the id, where it is a plain one', async () => {
  const idFor = async (id: string) => {
    const response = await fetch(`${server.url}/fine`, { headers: { 'x-request-id': id } });
    return response.headers.get('x-request-id');
  };
  expect(await idFor('trace-1.a_B')).toBe('trace-1.a_B');
  for (const id of ['"}{"level":60', 'a b', 'x'.repeat(65), '']) {
    expect(await idFor(id)).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
  }
});

test('what went wrong is an error in the log, and an answer that nobody waited for is told', async () => {
  await fetch(`${server.url}/broken`);
  await expect.poll(() => lines).toMatchObject([{ level: 50, res: { status: 503 } }]);
  lines.length = 0;
  const asked = request(`${server.url}/never`).on('error', () => {});
  asked.end();
  await new Promise((resolve) => asked.once('socket', (socket) => socket.once('connect', resolve)));
  // Given up once the server has it.
  await fetch(`${server.url}/fine`);
  asked.destroy();
  await expect.poll(() => lines.map(({ msg }) => msg)).toContain('request aborted');
});
