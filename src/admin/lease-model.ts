import { type Connection, type Model, Schema } from 'mongoose';

/** The right to do something alone among all processes, for a time. */
export interface Lease {
  /** What for. */
  _id: string;
  /** Who has it: a random id. */
  holder: string;
  until: Date;
}

const leaseSchema = new Schema<Lease>(
  { _id: { type: String, required: true }, holder: String, until: Date },
  { versionKey: false, strict: 'throw', strictQuery: 'throw' },
);

/** The collection `leases`. */
export function leaseModel(connection: Connection): Model<Lease> {
  const known = connection.models.Lease as Model<Lease> | undefined;
  return known ?? connection.model<Lease>('Lease', leaseSchema, 'leases');
}
