import { z } from 'zod';
import { objectId } from '../http/object-id.ts';
import { AUDIT_KINDS, AUDIT_OUTCOMES, type AuditEvent } from './audit-model.ts';

/** A record of the audit, as the API shows it. */
export const auditRecord = z
  .object({
    id: objectId,
    at: z.iso.datetime().meta({ description: 'Where `count` is more than 1, the minute that is counted.' }),
    kind: z.enum(AUDIT_KINDS),
    action: z.string().meta({ example: 'PATCH /api/admin/users/:id/role' }),
    outcome: z.enum(AUDIT_OUTCOMES).meta({ description: '`started` stays where the process was killed.' }),
    code: z.string().nullable().meta({ description: 'The code of the error.' }),
    actor: z.string().nullable().meta({ description: 'The Clerk id of who it was, where that is known.' }),
    target: z.string().nullable().meta({ description: 'The id of what it was about.' }),
    owner: z
      .string()
      .nullable()
      .meta({ description: 'Whose that is, where he was told that it is not there.' }),
    address: z.string().nullable().meta({ description: 'The caller’s IP address.' }),
    requestId: z.string().nullable(),
    count: z.int(),
    details: z.record(z.string(), z.string()).nullable().meta({ description: 'What was changed to what.' }),
  })
  .meta({ id: 'AuditRecord' });

export type AuditRecord = z.output<typeof auditRecord>;

export function toAuditRecord({ _id, at, expiresAt: _, ...rest }: AuditEvent): AuditRecord {
  return { id: _id.toHexString(), at: at.toISOString(), ...rest };
}
