import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Caller, type ShopApp, startShopApp } from '../../test/support/shop-app.ts';
import { userModel } from '../identity/user-model.ts';
import { orderModel } from './order-model.ts';
import { eraseShopData, exportShopData } from './personal-data.ts';

let app: ShopApp;
let admin: Caller;
beforeAll(async () => {
  app = await startShopApp();
  admin = await app.signUp('admin');
});
afterAll(() => app?.stop());

/** An order of a new user, with an address and an idempotency key. */
async function order() {
  const who = await app.signUp();
  const lamp = { name: 'Lamp', category: 'light', priceCents: 1999, currency: 'EUR', stock: 10 };
  const { id: productId } = (await admin.call('POST /api/products', lamp)).body;
  const home = { fullName: 'Ada Lovelace', line1: '12 St James Square', city: 'London', country: 'GB' };
  const { id: addressId } = (await who.call('POST /api/users/addresses', home)).body;
  const items = [{ productId, quantity: 2 }];
  const key = { 'idempotency-key': 'ada-1' };
  const { body } = await who.call('POST /api/orders', { items, addressId }, key);
  return { who, productId, body };
}

it('erasing leaves an order’s numbers, and nothing that says who or where', async () => {
  const { connection } = app.database;
  const { who, productId, body } = await order();
  const other = await order();
  for (const _twice of [1, 2]) await eraseShopData(connection, who.clerkId);

  const erased = { ...body, clerkId: null, shippingAddress: null };
  expect((await admin.call(`GET /api/orders/${body.id}`)).body).toEqual(erased);
  const stored = JSON.stringify(await orderModel(connection).findById(String(body.id)).lean());
  for (const trace of [who.clerkId, 'Lovelace', 'St James', 'ada-1']) expect(stored).not.toContain(trace);
  expect((await other.who.call(`GET /api/orders/${other.body.id}`)).body).toEqual(other.body);

  // What is left is an order like any other for those who run the shop.
  const cancelled = await admin.call(`PATCH /api/orders/${body.id}`, { status: 'cancelled' });
  expect(cancelled).toMatchObject({ status: 200, body: { clerkId: null, status: 'cancelled' } });
  expect((await admin.call(`GET /api/products/${productId}`)).body.stock).toBe(10);
});

it('an order that was being placed while its account was deleted holds nothing personal either', async () => {
  const { connection } = app.database;
  const { who, productId } = await order();
  const tombstone = { $set: { status: 'deleted', address: [] } };
  // The guard still remembers the user, as it does for a second.
  await userModel(connection).updateOne({ clerkId: who.clerkId }, tombstone);
  await eraseShopData(connection, who.clerkId);
  const { status, body } = await who.call('POST /api/orders', { items: [{ productId, quantity: 1 }] });
  expect(status).toBe(201);
  expect((await admin.call(`GET /api/orders/${body.id}`)).body.clerkId).toBeNull();
});

it('an export holds the orders of one user, whole', async () => {
  const [{ who, body }] = [await order(), await order()];
  expect(await exportShopData(app.database.connection, who.clerkId)).toEqual({ orders: [body] });
});
