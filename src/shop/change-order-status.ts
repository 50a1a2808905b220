import type { Connection } from 'mongoose';
import { HttpError } from '../http/errors.ts';
import { type OrderRecord, orderModel } from './order-model.ts';
import { nextStatuses, type OrderStatus, statusesBefore } from './order-status.ts';
import type { OrderParts } from './place-order.ts';
import { productModel } from './product-model.ts';
import { returnPieces } from './stock.ts';

/**
 * Moves an order along one of the allowed paths. Of changes that arrive together and exclude each other, one wins: the
 * write happens only if the order still has a status that may come before.
 *
 * @throws HttpError `order_not_found`, `order_status_conflict`
 */
export async function changeOrderStatus(
  { connection, now, log }: OrderParts,
  id: string,
  status: OrderStatus,
): Promise<OrderRecord> {
  const change = { status, updatedAt: new Date(now()), ...(status === 'cancelled' && { returnDue: true }) };
  const changed = await orderModel(connection)
    .findOneAndUpdate(
      { _id: id, status: { $in: statusesBefore(status) } },
      { $set: change },
      { returnDocument: 'after' },
    )
    .lean();
  if (changed === null) throw await refusal(connection, id, status);
  if (changed.returnDue) {
    // The order is cancelled whatever becomes of this: what fails is done later.
    await settleReturn(connection, changed, new Date(now())).catch((err) =>
      log.warn({ err, order: id }, 'the pieces of a cancelled order are left for recoverOrders'),
    );
  }
  return changed;
}

/** Gives a cancelled order's pieces back, and notes on the order that it is done. */
export async function settleReturn(
  connection: Connection,
  order: Pick<OrderRecord, '_id' | 'items'>,
  at: Date,
): Promise<void> {
  await returnPieces(productModel(connection), order, at);
  const settled = { $set: { returnedAt: at }, $unset: { returnDue: true } };
  await orderModel(connection).updateOne({ _id: order._id }, settled);
}

async function refusal(connection: Connection, id: string, status: OrderStatus): Promise<HttpError> {
  const order = await orderModel(connection).findById(id).lean();
  if (order === null || order.status === 'placing') return new HttpError('order_not_found');
  const next = nextStatuses(order.status);
  const possible = next.length === 0 ? 'nothing more' : next.join(' or ');
  const details = `The order is ${order.status} and cannot become ${status}: it can become ${possible}`;
  return new HttpError('order_status_conflict', { details });
}
