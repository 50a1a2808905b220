import { type Connection, type Model, Schema, type Types } from 'mongoose';

/**
 * `refusal`: somebody was not let in, or not to something. `act`: somebody changed what only some roles may change.
 * `gap`: `count` records could not be kept.
 */
export const AUDIT_KINDS = ['refusal', 'act', 'gap'] as const;

/** Of an act: `started` until it ended; it stays so where the process was killed in between. */
export const AUDIT_OUTCOMES = ['refused', 'started', 'done', 'failed'] as const;

/** Who did, or was refused, what. It holds ids, never names, e-mail addresses or what was sent. */
export interface AuditEvent {
  _id: Types.ObjectId;
  /** When; of a record that counts, the minute that it counts. */
  at: Date;
  kind: (typeof AUDIT_KINDS)[number];
  /** The declared route: `PATCH /api/admin/users/:id/role`. */
  action: string;
  outcome: (typeof AUDIT_OUTCOMES)[number];
  /** The code of the error, where there was one. */
  code: string | null;
  /** The Clerk id of who it was; null where the caller is not known. */
  actor: string | null;
  /** The id of what it was about. */
  target: string | null;
  /** Whose that is, where the answer said that it does not exist. */
  owner: string | null;
  /** The caller's IP address; of a record that counts, for IPv6 the network's. Null when the actor was erased. */
  address: string | null;
  requestId: string | null;
  /** How many there were: more than 1 only for callers who are not signed in. */
  count: number;
  /** What was changed to what. */
  details: Record<string, string> | null;
  /** When MongoDB removes the record. */
  expiresAt: Date;
}

const auditSchema = new Schema<AuditEvent>(
  {
    at: { type: Date, required: true },
    kind: { type: String, enum: AUDIT_KINDS, required: true },
    action: { type: String, required: true },
    outcome: { type: String, enum: AUDIT_OUTCOMES, required: true },
    code: { type: String, default: null },
    actor: { type: String, default: null },
    target: { type: String, default: null },
    owner: { type: String, default: null },
    address: { type: String, default: null },
    requestId: { type: String, default: null },
    count: { type: Number, required: true },
    details: { type: Schema.Types.Mixed, default: null },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false, strict: 'throw', strictQuery: 'throw' },
)
  .index({ actor: 1, _id: -1 })
  .index({ target: 1, _id: -1 })
  .index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

/** The collection `audit_events`. */
export function auditModel(connection: Connection): Model<AuditEvent> {
  const known = connection.models.AuditEvent as Model<AuditEvent> | undefined;
  return known ?? connection.model<AuditEvent>('AuditEvent', auditSchema, 'audit_events');
}
