import { type Connection, type Model, Schema } from 'mongoose';

/**
 * `received`: not handled yet. `applied`, `stale`, `duplicate`: handled (see `Outcome`). `failed`: a dead letter.
 * `forwarded`: of a type that the mirror does not handle; it was passed on to Inngest.
 */
export const EVENT_STATUSES = ['received', 'applied', 'stale', 'duplicate', 'failed', 'forwarded'] as const;

export type EventStatus = (typeof EVENT_STATUSES)[number];

/** One webhook event in the ledger. */
export interface LedgerEvent {
  /** The svix-id: the same for every delivery of one event. */
  _id: string;
  type: string;
  /** The user it is about, or null. */
  clerkId: string | null;
  /** The envelope's timestamp, ms. */
  timestamp: number;
  receivedAt: Date;
  status: EventStatus;
  /** How often the sender delivered it. */
  deliveries: number;
  /** How often it was sent to Inngest again. */
  resends: number;
  /** When it is sent again unless it is handled before; null where it is not to be. */
  resendAt: Date | null;
  /** What the mirror needs of it, kept until it is handled. */
  payload: Record<string, unknown> | null;
  handledAt: Date | null;
  /** Why it failed; without anything personal. */
  cause: string | null;
  /** When the row goes. */
  expiresAt: Date;
}

const eventSchema = new Schema(
  {
    _id: { type: String, required: true },
    type: { type: String, required: true },
    clerkId: { type: String, default: null },
    timestamp: Number,
    receivedAt: Date,
    status: { type: String, enum: EVENT_STATUSES },
    deliveries: Number,
    resends: Number,
    resendAt: { type: Date, default: null },
    payload: { type: Schema.Types.Mixed, default: null },
    handledAt: { type: Date, default: null },
    cause: { type: String, default: null },
    expiresAt: Date,
  },
  { versionKey: false, strict: 'throw' },
);

eventSchema.index({ clerkId: 1 });
eventSchema.index({ status: 1, receivedAt: -1 });
eventSchema.index({ receivedAt: -1, _id: -1 });
eventSchema.index({ resendAt: 1 }, { partialFilterExpression: { resendAt: { $type: 'date' } } });
eventSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

/** The collection `clerk_events`. */
export function ledgerModel(connection: Connection): Model<LedgerEvent> {
  const known = connection.models.ClerkEvent as Model<LedgerEvent> | undefined;
  return known ?? connection.model<LedgerEvent>('ClerkEvent', eventSchema, 'clerk_events');
}
