import type { Connection, QueryFilter } from 'mongoose';
import { z } from 'zod';
import { page, pageOf, pageQuery } from '../http/page.ts';
import { type Route, route } from '../http/route.ts';
import { clerkId } from './admin-user.ts';
import { AUDIT_KINDS, AUDIT_OUTCOMES, type AuditEvent, auditModel } from './audit-model.ts';
import { auditRecord, toAuditRecord } from './audit-record.ts';
import { given } from './given.ts';

/** Who was refused what, and who changed what. */
export function auditRoutes({ connection }: { connection: Connection }): Route[] {
  const events = auditModel(connection);
  return [
    route({
      method: 'get',
      path: '/api/admin/audit',
      guard: 'admin',
      tag: 'Admin',
      summary: 'Who was refused what, and who changed what; the newest first',
      description: 'Records are there within a second, and kept for `AUDIT_DAYS`.',
      query: z.object({
        ...pageQuery,
        kind: z.enum(AUDIT_KINDS).optional(),
        outcome: z.enum(AUDIT_OUTCOMES).optional(),
        code: z.string().max(64).optional(),
        actor: clerkId.optional(),
        target: clerkId.optional(),
        requestId: z.string().max(64).optional(),
        since: z.iso.datetime().optional(),
        until: z.iso.datetime().optional(),
      }),
      response: pageOf(auditRecord),
      async handler({ query: { limit, cursor, since, until, ...equal } }) {
        const filter: QueryFilter<AuditEvent> = given(equal);
        if (since ?? until) filter.at = given({ $gte: dateOf(since), $lt: dateOf(until) });
        return page(
          { limit, cursor },
          (below, most) =>
            events
              .find({ ...filter, ...below })
              .sort({ _id: -1 })
              .limit(most)
              .lean(),
          toAuditRecord,
        );
      },
    }),
  ];
}

const dateOf = (time: string | undefined) => (time === undefined ? undefined : new Date(time));
