import { type Connection, type Model, Schema, type Types } from 'mongoose';

export interface ProductRecord {
  _id: Types.ObjectId;
  name: string;
  description: string;
  category: string;
  /** Minor units of the currency. */
  priceCents: number;
  /** ISO 4217. */
  currency: string;
  /** Pieces that can still be ordered; never below zero. */
  stock: number;
  imageUrls: string[];
  /** Pieces taken out of `stock` by orders that are being placed: there for milliseconds, or until a crash is repaired. */
  reservations: Reservation[];
  /** Cancelled orders whose pieces are back in `stock`; forgotten after a while. */
  returns: Return[];
  createdAt: Date;
  updatedAt: Date;
}

interface Reservation {
  order: Types.ObjectId;
  quantity: number;
}

interface Return {
  order: Types.ObjectId;
  at: Date;
}

const ofOrder = { order: { type: Schema.Types.ObjectId, required: true } };

const schema = new Schema<ProductRecord>(
  {
    name: { type: String, required: true },
    description: { type: String, default: '' },
    category: { type: String, required: true },
    priceCents: { type: Number, required: true, min: 0 },
    currency: { type: String, required: true },
    stock: { type: Number, required: true, min: 0 },
    imageUrls: { type: [String], default: [] },
    reservations: [new Schema<Reservation>({ ...ofOrder, quantity: Number }, { _id: false })],
    returns: [new Schema<Return>({ ...ofOrder, at: Date }, { _id: false })],
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { strict: 'throw', strictQuery: 'throw', versionKey: false },
)
  .index({ category: 1, _id: -1 })
  // Names come in every language: no stemming, no stop words.
  .index({ name: 'text', category: 'text', description: 'text' }, { default_language: 'none' })
  .index({ 'reservations.order': 1 })
  .index({ 'returns.at': 1 });

export function productModel(connection: Connection): Model<ProductRecord> {
  return connection.models.Product ?? connection.model<ProductRecord>('Product', schema);
}
