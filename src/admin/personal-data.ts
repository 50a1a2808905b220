import type { Connection } from 'mongoose';
import { userModel } from '../identity/user-model.ts';
import { type AuditEvent, auditModel } from './audit-model.ts';
import { type AuditRecord, toAuditRecord } from './audit-record.ts';

/**
 * Takes out of the audit where a user's requests came from. That he did or was refused something stays, under an id that
 * leads to nobody any more. Repeating it makes no difference.
 */
export async function eraseAudit(connection: Connection, clerkId: string): Promise<void> {
  await auditModel(connection).updateMany({ actor: clerkId }, { $set: { address: null } });
}

/** Does so for those of some records' actors who are deleted by now: a record is written after it was made. */
export async function eraseAuditOfDeleted(
  connection: Connection,
  records: readonly Pick<AuditEvent, 'actor'>[],
): Promise<void> {
  const actors = [...new Set(records.map(({ actor }) => actor).filter((actor) => actor !== null))];
  if (actors.length === 0) return;
  const deleted = await userModel(connection)
    .find({ clerkId: { $in: actors }, status: 'deleted' }, { clerkId: 1 })
    .lean();
  for (const { clerkId } of deleted) await eraseAudit(connection, clerkId);
}

/** What the audit holds about a user's own doings. */
export async function exportAudit(connection: Connection, clerkId: string): Promise<AuditRecord[]> {
  const own = await auditModel(connection).find({ actor: clerkId }).sort({ _id: 1 }).lean<AuditEvent[]>();
  return own.map(toAuditRecord);
}
