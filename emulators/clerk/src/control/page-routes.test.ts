import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../index.ts';
import { clientOf } from '../testing/client.ts';

let clerk: ClerkEmulator;
beforeAll(async () => {
  clerk = await startClerkEmulator();
});
afterAll(() => clerk.stop());

test('the page and all that it loads come from the emulator itself, and nothing else may', async () => {
  const page = await fetch(`${clerk.apiUrl}/`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  const html = await page.text();
  const loaded = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
  expect(loaded).toHaveLength(2);
  for (const path of loaded) expect((await fetch(`${clerk.apiUrl}${path}`)).status).toBe(200);
  expect(html).not.toMatch(/(?:src|href)="https?:/);
});

test('whoever watches is told of a change at once', async () => {
  const stop = new AbortController();
  const stream = await fetch(`${clerk.apiUrl}/_emulator/changes`, { signal: stop.signal });
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  const reader = stream.body?.getReader();
  const next = async () => new TextDecoder().decode((await reader?.read())?.value);
  expect(await next()).toBe('data:\n\n');
  await clientOf(clerk).users.createUser({ username: 'somebody' });
  expect(await next()).toBe('data:\n\n');
  stop.abort();
});
