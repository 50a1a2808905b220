import type { Connection } from 'mongoose';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDatabase, type TestDatabase } from '../../test/support/database.ts';
import { startProxy } from '../../test/support/proxy.ts';
import { registerModels } from '../models.ts';
import { changeOrderStatus } from './change-order-status.ts';
import { placeOrderOnce } from './idempotent-order.ts';
import { orderModel } from './order-model.ts';
import { type OrderParts, type OrderRequest, placeOrder } from './place-order.ts';
import { type ProductRecord, productModel } from './product-model.ts';
import { recoverOrders } from './recover-orders.ts';

const HOUR = 3_600_000;
const log = pino({ level: 'silent' });

let database: TestDatabase;
let parts: OrderParts;
/** ms that the clock is ahead */
let later = 0;

beforeAll(async () => {
  database = await startDatabase(registerModels);
  parts = partsOn(database.connection);
});
afterAll(() => database.stop());
beforeEach(() => {
  later = 0;
});

const partsOn = (connection: Connection): OrderParts => ({
  connection,
  now: () => Date.now() + later,
  log,
});

async function product(fields: Partial<ProductRecord> = {}): Promise<string> {
  const at = new Date();
  const defaults = { name: 'Lamp', category: 'light', priceCents: 1999, currency: 'EUR', stock: 10 };
  const record = { ...defaults, createdAt: at, updatedAt: at, ...fields };
  const created = await productModel(database.connection).create(record);
  return created._id.toHexString();
}

const stored = async (id: string) => (await productModel(database.connection).findById(id).lean())!;
const stockOf = async (id: string) => (await stored(id)).stock;

function request(clerkId: string, quantities: Record<string, number>): OrderRequest {
  const items = Object.entries(quantities).map(([productId, quantity]) => ({ productId, quantity }));
  return { clerkId, items, shippingAddress: null };
}

const ordersOf = (clerkId: string) => orderModel(database.connection).find({ clerkId }).lean();

describe('placing an order', () => {
  it('takes the prices and the total from the server, and the pieces from stock', async () => {
    const [lamp, desk] = [await product(), await product({ name: 'Desk', priceCents: 25_000, stock: 3 })];
    const order = await placeOrder(parts, request('user_1', { [lamp]: 2, [desk]: 1 }));
    expect(order).toMatchObject({ status: 'pending', totalCents: 28_998, currency: 'EUR' });
    expect(order.items).toMatchObject([
      { name: 'Lamp', priceCents: 1999, quantity: 2 },
      { name: 'Desk', priceCents: 25_000, quantity: 1 },
    ]);
    expect([await stockOf(lamp), await stockOf(desk)]).toEqual([8, 2]);
    expect((await stored(lamp)).reservations).toEqual([]);
  });

  it('is all or nothing: what one product lacks gives the others back, and names the product', async () => {
    const [lamp, desk] = [await product(), await product({ name: 'Desk', stock: 1 })];
    await expect(placeOrder(parts, request('user_2', { [lamp]: 4, [desk]: 2 }))).rejects.toMatchObject({
      code: 'insufficient_stock',
      details: `Desk (${desk}): 2 ordered, 1 in stock`,
    });
    expect([await stockOf(lamp), await stockOf(desk)]).toEqual([10, 1]);
    expect(await ordersOf('user_2')).toEqual([]);
  });

  it('holds one currency', async () => {
    const [lamp, desk] = [await product(), await product({ name: 'Desk', currency: 'USD' })];
    const placing = placeOrder(parts, request('user_3', { [lamp]: 1, [desk]: 1 }));
    await expect(placing).rejects.toMatchObject({
      code: 'currency_mismatch',
      details: 'Lamp: EUR, Desk: USD',
    });
  });
});

describe('an idempotency key', () => {
  const idempotency = { key: 'k1', fingerprint: 'same' };

  it('places one order, whether the repeats come at once or from another process', async () => {
    const lamp = await product();
    const other = partsOn(await database.connect());
    const repeats = Array.from({ length: 20 }, (_, n) =>
      placeOrderOnce(n % 2 ? parts : other, 'user_4', idempotency, async () =>
        request('user_4', { [lamp]: 1 }),
      ),
    );
    const ids = new Set((await Promise.all(repeats)).map(({ _id }) => _id.toHexString()));
    expect(ids.size).toBe(1);
    expect(await stockOf(lamp)).toBe(9);
  });

  it('is refused with another body, and is another one for another user', async () => {
    const lamp = await product();
    const place = (clerkId: string, fingerprint: string) =>
      placeOrderOnce(parts, clerkId, { key: 'k2', fingerprint }, async () => request(clerkId, { [lamp]: 1 }));
    await place('user_5', 'one');
    await expect(place('user_5', 'other')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    await place('user_6', 'other');
    expect(await stockOf(lamp)).toBe(8);
  });

  it('is free again after a refusal', async () => {
    const lamp = await product({ stock: 0 });
    const place = () =>
      placeOrderOnce(parts, 'user_7', idempotency, async () => request('user_7', { [lamp]: 1 }));
    await expect(place()).rejects.toMatchObject({ code: 'insufficient_stock' });
    await productModel(database.connection).updateOne({ _id: lamp }, { $set: { stock: 1 } });
    expect(await place()).toMatchObject({ status: 'pending' });
  });
});

/** Calls `then` as soon as MongoDB has answered the connection's `count`th command. */
function reached(connection: Connection, count: number, then: () => void): Promise<void> {
  return new Promise((resolve) => {
    let answered = 0;
    connection.getClient().on('commandSucceeded', () => {
      if (++answered !== count) return;
      then();
      resolve();
    });
  });
}

/** A connection that is gone as soon as MongoDB has answered its `after`th command, as that of a killed process is. */
async function doomed(after: number): Promise<OrderParts & { died(): boolean }> {
  const connection = await database.connect();
  let isDead = false;
  void reached(connection, after, () => {
    isDead = true;
    void connection.close(true);
  });
  return { ...partsOn(connection), died: () => isDead };
}

describe('after a crash', () => {
  it('an order that was cut off after any of its writes stands, or never was', async () => {
    const outcomes: string[] = [];
    for (let after = 1; ; after++) {
      const [lamp, desk] = [await product(), await product({ name: 'Desk' })];
      const clerkId = `cut_${after}`;
      const dying = await doomed(after);
      await placeOrder(dying, request(clerkId, { [lamp]: 3, [desk]: 2 })).catch(() => undefined);
      if (!dying.died()) break;

      later += HOUR;
      await Promise.all([recoverOrders(parts), recoverOrders(parts)]);
      const orders = await ordersOf(clerkId);
      const stands = orders.length === 1;
      expect(orders).toMatchObject(stands ? [{ status: 'pending' }] : []);
      expect(await stored(lamp)).toMatchObject({ stock: stands ? 7 : 10, reservations: [] });
      expect(await stored(desk)).toMatchObject({ stock: stands ? 8 : 10, reservations: [] });
      outcomes.push(stands ? 'stands' : 'never was');
    }
    // Read, store, reserve, reserve, decide, clear.
    const never = 'never was';
    expect(outcomes).toEqual([never, never, never, never, 'stands', 'stands']);
  });

  it('a cancelled order gives its pieces back once, after whichever write it was cut off', async () => {
    for (let after = 1; ; after++) {
      const [lamp, desk] = [await product(), await product({ name: 'Desk' })];
      const { _id } = await placeOrder(parts, request('user_8', { [lamp]: 3, [desk]: 2 }));
      const dying = await doomed(after);
      await changeOrderStatus(dying, _id.toHexString(), 'cancelled').catch(() => undefined);
      if (!dying.died()) break;

      later += HOUR;
      await Promise.all([recoverOrders(parts), recoverOrders(parts)]);
      later += 2 * HOUR;
      await recoverOrders(parts);
      const order = await orderModel(database.connection).findById(_id).lean();
      expect(order).toMatchObject({ status: 'cancelled' });
      expect(order).not.toHaveProperty('returnDue');
      expect(await stored(lamp)).toMatchObject({ stock: 10, returns: [] });
      expect(await stored(desk)).toMatchObject({ stock: 10, returns: [] });
      expect(after).toBeLessThan(10);
    }
  });

  it('an order that is being placed right now is left alone', async () => {
    const lamp = await product();
    const dying = await doomed(3);
    await placeOrder(dying, request('user_9', { [lamp]: 3 })).catch(() => undefined);
    expect(await recoverOrders(parts)).toEqual({ undone: 0, returned: 0, released: 0 });
    expect(await stockOf(lamp)).toBe(7);
    later = HOUR;
    expect(await recoverOrders(parts)).toMatchObject({ undone: 1 });
    expect(await stockOf(lamp)).toBe(10);
  });

  it('one who was given up on, and had only stalled, undoes what it took since', async () => {
    const [lamp, desk] = [await product(), await product({ name: 'Desk' })];
    const { proxied, proxy } = await behindProxy();
    const stalled = reached(proxied, 3, () => proxy.hold());
    const placing = placeOrder(partsOn(proxied), request('user_10', { [lamp]: 3, [desk]: 2 }));
    const refused = expect(placing).rejects.toThrow('given up');
    await stalled;
    expect(await stockOf(lamp)).toBe(7);
    later = HOUR;
    expect(await recoverOrders(parts)).toMatchObject({ undone: 1 });
    proxy.release();
    await refused;
    expect([await stockOf(lamp), await stockOf(desk)]).toEqual([10, 10]);
    expect(await ordersOf('user_10')).toEqual([]);
    await proxy.stop();
  });

  it('an order stands whose deciding write went through, although the answer was lost', async () => {
    const [lamp, desk] = [await product(), await product({ name: 'Desk' })];
    const { proxied, proxy } = await behindProxy();
    void reached(proxied, 4, () => proxy.loseAnswer());
    const order = await placeOrder(partsOn(proxied), request('user_11', { [lamp]: 3, [desk]: 2 }));
    expect(order.status).toBe('pending');
    expect(await stored(lamp)).toMatchObject({ stock: 7, reservations: [] });
    await proxy.stop();
  });

  it('an order is undone one of whose reservations went through, although the answer was lost', async () => {
    const [lamp, desk] = [await product(), await product({ name: 'Desk' })];
    const { proxied, proxy } = await behindProxy();
    void reached(proxied, 3, () => proxy.loseAnswer());
    const placing = placeOrder(partsOn(proxied), request('user_12', { [lamp]: 3, [desk]: 2 }));
    await expect(placing).rejects.toThrow();
    expect(await stored(desk)).toMatchObject({ stock: 10, reservations: [] });
    expect(await stored(lamp)).toMatchObject({ stock: 10, reservations: [] });
    await proxy.stop();
  });
});

/** A connection that a test can disturb on its way. */
async function behindProxy() {
  const { hostname: host, port } = new URL(database.uri);
  const proxy = await startProxy({ host, port: Number(port) });
  const proxied = await database.connect(`127.0.0.1:${proxy.port}`);
  return { proxied, proxy };
}
