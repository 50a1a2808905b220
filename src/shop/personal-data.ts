import type { Connection } from 'mongoose';
import { type Order, toOrder } from './order.ts';
import { orderModel } from './order-model.ts';

/**
 * Takes out of the orders who placed them and where they went. What was sold for how much stays: the books need it.
 * Repeating it makes no difference.
 */
export async function eraseShopData(connection: Connection, clerkId: string): Promise<void> {
  await orderModel(connection).updateMany(
    { clerkId },
    { $set: { clerkId: null, shippingAddress: null }, $unset: { idempotency: true } },
  );
}

/** All that the shop holds about a user outside the user's own document. */
export async function exportShopData(connection: Connection, clerkId: string): Promise<{ orders: Order[] }> {
  const orders = await orderModel(connection)
    .find({ clerkId, status: { $ne: 'placing' } })
    .sort({ _id: 1 })
    .lean();
  return { orders: orders.map(toOrder) };
}
