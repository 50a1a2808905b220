import type { Model, Types } from 'mongoose';
import type { OrderItem, OrderRecord } from './order-model.ts';
import type { ProductRecord } from './product-model.ts';

type Products = Model<ProductRecord>;
type Pieces = Pick<OrderItem, 'productId' | 'quantity'>;

/**
 * Takes an item's pieces out of stock, if there are enough, and notes in the same document for which order: one write, so
 * that whatever happens next can be told from the product alone.
 *
 * @returns whether the pieces were there
 */
export async function reserve(
  products: Products,
  order: Types.ObjectId,
  { productId, quantity }: Pieces,
): Promise<boolean> {
  const { matchedCount } = await products.updateOne(
    { _id: productId, stock: { $gte: quantity } },
    { $inc: { stock: -quantity }, $push: { reservations: { order, quantity } } },
  );
  return matchedCount === 1;
}

/** Puts reserved pieces back. The note goes in the same write, so that they come back once however often this runs. */
export async function giveBack(
  products: Products,
  order: Types.ObjectId,
  { productId, quantity }: Pieces,
): Promise<void> {
  await products.updateOne(
    { _id: productId, 'reservations.order': order },
    { $inc: { stock: quantity }, $pull: { reservations: { order } } },
  );
}

/** Forgets the reservations of an order that is placed: the pieces are its own now. */
export async function clearReservations(
  products: Products,
  order: Types.ObjectId,
  productIds: readonly Types.ObjectId[],
): Promise<void> {
  await products.updateMany(
    { _id: { $in: productIds }, 'reservations.order': order },
    { $pull: { reservations: { order } } },
  );
}

/**
 * Puts the pieces of a cancelled order back in stock. Each product remembers the order in the same write, so that they
 * come back once however often this runs.
 */
export async function returnPieces(
  products: Products,
  { _id: order, items }: Pick<OrderRecord, '_id' | 'items'>,
  at: Date,
): Promise<void> {
  for (const { productId, quantity } of items) {
    await products.updateOne(
      { _id: productId, 'returns.order': { $ne: order } },
      { $inc: { stock: quantity }, $push: { returns: { order, at } } },
    );
  }
}
