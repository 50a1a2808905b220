import type { Connection } from 'mongoose';
import { settleReturn } from './change-order-status.ts';
import { orderModel } from './order-model.ts';
import { type OrderParts, undo } from './place-order.ts';
import { productModel } from './product-model.ts';
import { clearReservations, giveBack } from './stock.ts';

/** After this time whoever was at it has crashed, ms. One who has not finds its order gone, and undoes it too. */
const GIVEN_UP_MS = 60_000;

/**
 * How long a product remembers that it has a cancelled order's pieces back, ms, after the order says so too: longer than
 * a process can take between reading the order and writing to the product.
 */
const REMEMBERED_MS = 60 * 60_000;

export interface Recovered {
  /** Orders that were never placed. */
  undone: number;
  /** Cancelled orders whose pieces were not all back. */
  returned: number;
  /** Reservations of orders that are placed or gone. */
  released: number;
}

/**
 * Repairs what a crash, or a MongoDB that failed half-way, left: to be called every minute. Any number of processes
 * may run it at once, and again: each single repair is one conditional write.
 */
export async function recoverOrders({ connection, now, log }: OrderParts): Promise<Recovered> {
  const givenUp = new Date(now() - GIVEN_UP_MS);
  const recovered = {
    undone: await undoUnplaced(connection, givenUp),
    returned: await settleReturns(connection, givenUp, new Date(now())),
    released: await releaseReservations(connection),
  };
  await forgetReturns(connection, new Date(now() - REMEMBERED_MS));
  if (Object.values(recovered).some((count) => count > 0)) log.warn(recovered, 'orders recovered');
  return recovered;
}

async function undoUnplaced(connection: Connection, before: Date): Promise<number> {
  let undone = 0;
  const stale = orderModel(connection)
    .find({ status: 'placing', createdAt: { $lt: before } })
    .lean();
  for await (const order of stale) if (await undo(connection, order)) undone++;
  return undone;
}

async function settleReturns(connection: Connection, before: Date, at: Date): Promise<number> {
  let returned = 0;
  const due = orderModel(connection)
    .find({ returnDue: true, updatedAt: { $lt: before } })
    .lean();
  for await (const order of due) {
    await settleReturn(connection, order, at);
    returned++;
  }
  return returned;
}

/** An order is stored before anything is reserved for it: a reservation without one belongs to an order that was undone. */
async function releaseReservations(connection: Connection): Promise<number> {
  const products = productModel(connection);
  let released = 0;
  const reserved = products.find({ 'reservations.order': { $type: 'objectId' } }).lean();
  for await (const { _id: productId, reservations } of reserved) {
    for (const { order, quantity } of reservations) {
      const found = await orderModel(connection).findById(order).lean();
      if (found?.status === 'placing') continue;
      if (found) await clearReservations(products, order, [productId]);
      else await giveBack(products, order, { productId, quantity });
      released++;
    }
  }
  return released;
}

async function forgetReturns(connection: Connection, before: Date): Promise<void> {
  const products = productModel(connection);
  const remembering = products.find({ 'returns.at': { $lt: before } }).lean();
  for await (const { _id, returns } of remembering) {
    const old = returns.filter(({ at }) => at < before).map(({ order }) => order);
    const settled = await orderModel(connection).distinct('_id', {
      _id: { $in: old },
      returnedAt: { $lt: before },
    });
    await products.updateOne({ _id }, { $pull: { returns: { order: { $in: settled } } } });
  }
}
