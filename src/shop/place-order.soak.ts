import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDatabase, type TestDatabase } from '../../test/support/database.ts';
import { registerModels } from '../models.ts';
import { orderModel } from './order-model.ts';
import { productModel } from './product-model.ts';
import { recoverOrders } from './recover-orders.ts';

const ROUNDS = 20;
const STOCK = 500;
const HOUR = 3_600_000;
const STORM = new URL('../../test/support/order-storm.ts', import.meta.url);

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase(registerModels);
});
afterAll(() => database?.stop());

test(`two processes that are killed while they sell, ${ROUNDS} times, lose and invent no piece`, async () => {
  const { connection, uri } = database;
  const [orders, products] = [orderModel(connection), productModel(connection)];
  const at = new Date();
  const fields = {
    category: 'x',
    priceCents: 1,
    currency: 'EUR',
    stock: STOCK,
    createdAt: at,
    updatedAt: at,
  };
  const ids = await Promise.all(
    ['Lamp', 'Desk', 'Chair'].map(async (name) => (await products.create({ name, ...fields }))._id),
  );
  let later = 0;
  let recovered = 0;

  for (let round = 0; round < ROUNDS; round++) {
    const storms = [1, 2].map(() => fork(STORM, [uri, ...ids.map(String)]));
    await Promise.all(storms.map((storm) => once(storm, 'message')));
    for (const storm of storms) {
      await wait(20 + Math.random() * 300);
      storm.kill('SIGKILL');
      await once(storm, 'exit');
    }
    later += HOUR;
    const parts = { connection, now: () => Date.now() + later, log: pino({ level: 'silent' }) };
    for (const { undone, returned, released } of await Promise.all([
      recoverOrders(parts),
      recoverOrders(parts),
    ])) {
      recovered += undone + returned + released;
    }

    expect(await orders.countDocuments({ $or: [{ status: 'placing' }, { returnDue: true }] })).toBe(0);
    const sold = await orders.find({ status: 'pending' }).lean();
    for (const id of ids) {
      const product = await products.findById(id).lean();
      const items = sold.flatMap((order) => order.items).filter(({ productId }) => productId.equals(id));
      const taken = items.reduce((sum, { quantity }) => sum + quantity, 0);
      expect(product?.reservations).toEqual([]);
      expect(product!.stock + taken).toBe(STOCK);
      expect(product!.stock).toBeGreaterThanOrEqual(0);
    }
  }
  // Else the kills hit nothing, and this proved nothing.
  expect(recovered).toBeGreaterThan(0);
});
