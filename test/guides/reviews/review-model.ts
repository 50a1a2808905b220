import { type Connection, type Model, Schema, type Types } from 'mongoose';

export interface ReviewRecord {
  _id: Types.ObjectId;
  productId: string;
  /** Whose it is. */
  clerkId: string;
  stars: number;
  text: string;
  createdAt: Date;
}

const schema = new Schema<ReviewRecord>(
  {
    productId: { type: String, required: true },
    clerkId: { type: String, required: true },
    stars: { type: Number, required: true },
    text: { type: String, required: true },
    createdAt: { type: Date, required: true },
  },
  { strict: 'throw', strictQuery: 'throw', versionKey: false },
).index({ productId: 1, _id: -1 });

export function reviewModel(connection: Connection): Model<ReviewRecord> {
  return connection.models.Review ?? connection.model<ReviewRecord>('Review', schema);
}
