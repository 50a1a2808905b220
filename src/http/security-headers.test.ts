import express from 'express';
import helmet from 'helmet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clerkInstance } from '../../test/support/clerk-instance.ts';
import { environmentOf, listen } from '../../test/support/guarded-app.ts';
import { parseEnv } from '../config/env.ts';
import { securityHeaders } from './security-headers.ts';

const shop = 'https://shop.example';
const environment = environmentOf(clerkInstance());
const servers: Record<string, { url: string; stop(): Promise<void> }> = {};

beforeAll(async () => {
  const behind = (...middleware: express.RequestHandler[]) =>
    listen(express().use(...middleware, (_req, res) => void res.end()));
  servers.development = await behind(...securityHeaders(parseEnv(environment)));
  servers.shop = await behind(
    ...securityHeaders(parseEnv({ ...environment, CLERK_AUTHORIZED_PARTIES: shop })),
  );
  servers.helmet = await behind(helmet({ crossOriginResourcePolicy: { policy: 'cross-origin' } }));
});
afterAll(async () => void (await Promise.all(Object.values(servers).map((server) => server.stop()))));

async function headersOf(name: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(`${servers[name]?.url}/`, { headers, method });
  return Object.fromEntries(response.headers);
}

test('every header of helmet’s is there, on every request', async () => {
  const { date: _, 'x-powered-by': __, ...expected } = await headersOf('helmet');
  expect(Object.keys(expected).length).toBeGreaterThan(10);
  for (const _round of [1, 2]) expect(await headersOf('shop')).toMatchObject(expected);
});

test('a page of CLERK_AUTHORIZED_PARTIES may call, another may not; in development without the list any may', async () => {
  const allowed = async (name: string, origin: string) =>
    (await headersOf(name, { origin, 'access-control-request-method': 'POST' }, 'OPTIONS'))[
      'access-control-allow-origin'
    ];
  expect(await allowed('shop', shop)).toBe(shop);
  expect(await allowed('shop', 'https://evil.example')).toBeUndefined();
  expect(await allowed('development', 'https://any.example')).toBe('https://any.example');
});
