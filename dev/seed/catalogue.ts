import { z } from 'zod';
import { PRODUCTS } from './products.ts';

/**
 * Fills an empty catalogue through the API, as an administrator would.
 *
 * @param token answers an administrator's session token
 * @throws Error where the API refuses
 */
export async function seedCatalogue(api: string, token: () => Promise<string>): Promise<void> {
  const page = z.object({ items: z.array(z.unknown()) }).parse(await call(`${api}/api/products?limit=1`));
  if (page.items.length > 0) return;
  const headers = { Authorization: `Bearer ${await token()}`, 'Content-Type': 'application/json' };
  // One after the other: the list shows the newest first, and so in this order.
  for (const product of PRODUCTS.toReversed()) {
    await call(`${api}/api/products`, { method: 'POST', headers, body: JSON.stringify(product) });
  }
}

async function call(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  if (!response.ok) {
    throw new Error(
      `the catalogue cannot be filled: ${url} answered ${response.status} ${await response.text()}`,
    );
  }
  return response.json();
}
