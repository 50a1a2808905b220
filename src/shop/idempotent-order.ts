import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { mongo } from 'mongoose';
import { HttpError } from '../http/errors.ts';
import { type OrderRecord, orderModel } from './order-model.ts';
import { type OrderParts, type OrderRequest, placeOrder } from './place-order.ts';

/** How long a repeat waits for the request that it repeats, ms. */
const WAIT_MS = 5000;
const LOOK_EVERY_MS = 20;
const DUPLICATE_KEY = 11_000;

/** Two bodies that say the same have the same one. */
export function fingerprintOf(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('base64url');
}

/**
 * Places an order, or finds the one that an earlier request with the same key placed, also where both arrive at once or
 * at two processes. A request that was refused leaves its key free.
 *
 * @param request makes the order; it is not called where the order is there already
 * @throws HttpError `idempotency_key_reused`, `order_in_progress`, and what `placeOrder` throws
 */
export async function placeOrderOnce(
  parts: OrderParts,
  clerkId: string,
  idempotency: NonNullable<OrderRecord['idempotency']>,
  request: () => Promise<OrderRequest>,
): Promise<OrderRecord> {
  for (let tries = Math.ceil(WAIT_MS / LOOK_EVERY_MS); tries > 0; tries--) {
    const earlier = await orderModel(parts.connection)
      .findOne({ clerkId, 'idempotency.key': idempotency.key })
      .lean();
    if (earlier === null) {
      try {
        return await placeOrder(parts, { ...(await request()), idempotency });
      } catch (error) {
        // Another request with this key came in between.
        if (!(error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY)) throw error;
        continue;
      }
    }
    if (earlier.idempotency?.fingerprint !== idempotency.fingerprint) {
      throw new HttpError('idempotency_key_reused');
    }
    if (earlier.status !== 'placing') return earlier;
    await wait(LOOK_EVERY_MS);
  }
  throw new HttpError('order_in_progress', { headers: { 'Retry-After': '1' } });
}
