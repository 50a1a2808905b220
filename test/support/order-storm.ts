import mongoose from 'mongoose';
import { pino } from 'pino';
import { changeOrderStatus } from '../../src/shop/change-order-status.ts';
import { placeOrder } from '../../src/shop/place-order.ts';

/**
 * A program that places orders and cancels some of them, as fast as it can, until it is killed.
 *
 * Arguments: the address of the database, then ids of products.
 */
const [, , uri = '', ...productIds] = process.argv;
const connection = await mongoose.createConnection(uri, { autoIndex: false, autoCreate: false }).asPromise();
const parts = { connection, now: Date.now, log: pino({ level: 'silent' }) };

async function buy(): Promise<never> {
  for (;;) {
    const chosen = productIds.filter(() => Math.random() < 0.5);
    const items = (chosen.length > 0 ? chosen : productIds).map((productId) => ({ productId, quantity: 1 }));
    try {
      const { _id } = await placeOrder(parts, { clerkId: 'user_storm', items, shippingAddress: null });
      if (Math.random() < 0.5) await changeOrderStatus(parts, _id.toHexString(), 'cancelled');
    } catch (error) {
      // Sold out: wait for somebody to cancel.
      if ((error as { code?: unknown }).code !== 'insufficient_stock') throw error;
    }
  }
}

process.send?.('ready');
await Promise.all(Array.from({ length: 8 }, buy));
