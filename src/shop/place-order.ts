import { type Connection, Types } from 'mongoose';
import type { Logger } from 'pino';
import { HttpError } from '../http/errors.ts';
import type { ShippingAddress } from './address.ts';
import type { NewOrder } from './order.ts';
import { type OrderItem, type OrderRecord, orderModel } from './order-model.ts';
import { type ProductRecord, productModel } from './product-model.ts';
import { clearReservations, giveBack, reserve } from './stock.ts';

export interface OrderParts {
  connection: Connection;
  now: () => number;
  log: Logger;
}

export interface OrderRequest {
  clerkId: string;
  items: NewOrder['items'];
  shippingAddress: ShippingAddress | null;
  idempotency?: NonNullable<OrderRecord['idempotency']>;
}

/**
 * Places an order without a transaction, so that a standalone MongoDB will do: the order is stored as `placing`, each
 * product's pieces are taken by one conditional write, and one write makes the order `pending`. That last write decides:
 * until then everything can be undone, from the order and the products alone, by whoever finds it.
 *
 * Only this call ever reserves for this order. Others (`recoverOrders`) only undo, which deletes the order first; then
 * the deciding write finds nothing.
 *
 * @throws HttpError `product_not_found`, `currency_mismatch`, `insufficient_stock`; MongoDB's 11000 where the idempotency
 *   key is taken
 */
export async function placeOrder(parts: OrderParts, request: OrderRequest): Promise<OrderRecord> {
  const orders = orderModel(parts.connection);
  const products = productModel(parts.connection);
  const placing = await draft(parts, request);
  await orders.create(placing);
  const placed = await takeStock(parts, placing).catch(async (error) => {
    // The deciding write may have gone through although its answer was lost: then the order stands.
    const stands = (await undo(parts.connection, placing)) ? null : await orders.findById(placing._id).lean();
    if (stands === null) throw error;
    return stands;
  });
  const productIds = placing.items.map(({ productId }) => productId);
  await clearReservations(products, placing._id, productIds).catch((err) =>
    parts.log.warn({ err, order: placing._id.toHexString() }, 'reservations are left for recoverOrders'),
  );
  return placed;
}

async function takeStock({ connection, now }: OrderParts, placing: OrderRecord): Promise<OrderRecord> {
  for (const item of placing.items) {
    const isReserved = await reserve(productModel(connection), placing._id, item);
    if (!isReserved) throw await shortage(connection, item);
  }
  const placed = await orderModel(connection)
    .findOneAndUpdate(
      { _id: placing._id, status: 'placing' },
      { $set: { status: 'pending', updatedAt: new Date(now()) } },
      { returnDocument: 'after' },
    )
    .lean();
  if (placed === null) throw new Error('The order took so long to be placed that it was given up');
  return placed;
}

/**
 * Undoes an order that is being placed: it vanishes, and its pieces come back.
 *
 * @returns false where the order is placed and stands
 */
export async function undo(
  connection: Connection,
  { _id, items }: Pick<OrderRecord, '_id' | 'items'>,
): Promise<boolean> {
  const orders = orderModel(connection);
  const { deletedCount } = await orders.deleteOne({ _id, status: 'placing' });
  if (deletedCount === 0 && (await orders.exists({ _id }))) return false;
  for (const item of items) await giveBack(productModel(connection), _id, item);
  return true;
}

async function draft({ connection, now }: OrderParts, request: OrderRequest): Promise<OrderRecord> {
  const { items, ...rest } = request;
  const ids = items.map(({ productId }) => productId);
  const found = await productModel(connection)
    .find({ _id: { $in: ids } })
    .lean();
  const byId = new Map(found.map((product) => [product._id.toHexString(), product]));
  const priced = items.map(({ productId, quantity }) => {
    const product = byId.get(productId);
    if (!product) throw new HttpError('product_not_found', { details: `There is no product ${productId}` });
    return { product, quantity };
  });
  const at = new Date(now());
  return {
    _id: new Types.ObjectId(),
    ...rest,
    status: 'placing',
    items: priced.map(({ product: { _id, name, priceCents }, quantity }) => ({
      productId: _id,
      name,
      priceCents,
      quantity,
    })),
    currency: oneCurrency(priced.map(({ product }) => product)),
    totalCents: priced.reduce((sum, { product, quantity }) => sum + product.priceCents * quantity, 0),
    createdAt: at,
    updatedAt: at,
  };
}

/** @throws HttpError `currency_mismatch` */
function oneCurrency(products: readonly ProductRecord[]): string {
  const [currency, ...others] = new Set(products.map((product) => product.currency));
  if (currency === undefined || others.length > 0) {
    const details = products.map(({ name, currency }) => `${name}: ${currency}`).join(', ');
    throw new HttpError('currency_mismatch', { details });
  }
  return currency;
}

async function shortage(
  connection: Connection,
  { productId, name, quantity }: OrderItem,
): Promise<HttpError> {
  const product = await productModel(connection).findById(productId).lean();
  const id = productId.toHexString();
  if (product === null) return new HttpError('product_not_found', { details: `There is no product ${id}` });
  const details = `${name} (${id}): ${quantity} ordered, ${product.stock} in stock`;
  return new HttpError('insufficient_stock', { details });
}
