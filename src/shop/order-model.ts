import { type Connection, type Model, Schema, type Types } from 'mongoose';
import type { ShippingAddress } from './address.ts';
import type { OrderStatus } from './order-status.ts';

export interface OrderRecord {
  _id: Types.ObjectId;
  /** Null where the account was erased. */
  clerkId: string | null;
  /** `placing`: its stock is being taken, and the API does not show it yet. */
  status: OrderStatus | 'placing';
  items: OrderItem[];
  currency: string;
  /** Minor units of the currency. */
  totalCents: number;
  shippingAddress: ShippingAddress | null;
  /** The repeat of a request is recognised by the key; the fingerprint is that of its body. */
  idempotency?: { key: string; fingerprint: string };
  /** There while a cancelled order's pieces are not all back in stock. */
  returnDue?: boolean;
  /** When they were. */
  returnedAt?: Date;
  createdAt: Date;
  updatedAt: Date;
}

/** Name and price are those at the time of the order. */
export interface OrderItem {
  productId: Types.ObjectId;
  name: string;
  priceCents: number;
  quantity: number;
}

const itemSchema = new Schema<OrderItem>(
  {
    productId: { type: Schema.Types.ObjectId, required: true },
    name: { type: String, required: true },
    priceCents: { type: Number, required: true },
    quantity: { type: Number, required: true, min: 1 },
  },
  { _id: false },
);

const addressSchema = new Schema<ShippingAddress>(
  {
    fullName: String,
    line1: String,
    line2: String,
    city: String,
    state: String,
    postalCode: String,
    country: String,
    phone: String,
  },
  { _id: false },
);

const schema = new Schema<OrderRecord>(
  {
    clerkId: { type: String, default: null },
    status: { type: String, required: true },
    items: [itemSchema],
    currency: { type: String, required: true },
    totalCents: { type: Number, required: true },
    shippingAddress: { type: addressSchema, default: null },
    idempotency: new Schema({ key: String, fingerprint: String }, { _id: false }),
    returnDue: Boolean,
    returnedAt: Date,
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { strict: 'throw', strictQuery: 'throw', versionKey: false },
)
  .index({ clerkId: 1, _id: -1 })
  .index({ status: 1, _id: -1 })
  .index({ returnDue: 1 }, { sparse: true })
  .index(
    { clerkId: 1, 'idempotency.key': 1 },
    { unique: true, partialFilterExpression: { 'idempotency.key': { $exists: true } } },
  );

export function orderModel(connection: Connection): Model<OrderRecord> {
  return connection.models.Order ?? connection.model<OrderRecord>('Order', schema);
}
