import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from './index.ts';
import { clientOf } from './testing/client.ts';
import { type DescribedApi, startDescribedApi } from './testing/described-api.ts';

let clerk: ClerkEmulator;
let api: DescribedApi;
beforeAll(async () => {
  clerk = await startClerkEmulator();
  api = await startDescribedApi(clerk.apiUrl);
});
afterAll(async () => {
  await api.close();
  await clerk.stop();
});

test('the one domain is that of the publishable key, in the form that Clerk describes', async () => {
  const { data, totalCount } = await clientOf(clerk, api.url).domains.list();
  const host = Buffer.from(clerk.publishableKey.replace(/^pk_test_/, ''), 'base64')
    .toString()
    .slice(0, -1);
  expect(totalCount).toBe(1);
  expect(data[0]).toMatchObject({ name: host, frontendApiUrl: `https://${host}`, isSatellite: false });
  expect(api.faults).toEqual([]);
});

test('answers are dated by the emulator’s clock', async () => {
  clerk.advance(3_600_000);
  const { headers } = await fetch(`${clerk.apiUrl}/_emulator`);
  const ahead = Date.parse(headers.get('date') ?? '') - Date.now();
  expect(Math.abs(ahead - 3_600_000)).toBeLessThan(60_000);
});
