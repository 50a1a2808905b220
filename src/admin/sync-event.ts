import type { QueryFilter } from 'mongoose';
import { z } from 'zod';
import { EVENT_STATUSES, type LedgerEvent } from '../identity/ledger-model.ts';

/** An event of the ledger, as the API shows it: without what it carried. */
export const syncEvent = z
  .object({
    id: z.string().meta({ description: 'The svix-id: the same for every delivery.' }),
    type: z.string().meta({ example: 'user.updated' }),
    clerkId: z.string().nullable(),
    status: z.enum(EVENT_STATUSES).meta({ description: '`failed`: a dead letter.' }),
    receivedAt: z.iso.datetime(),
    handledAt: z.iso.datetime().nullable(),
    deliveries: z.int().meta({ description: 'How often the sender delivered it.' }),
    resends: z.int().meta({ description: 'How often it was sent to Inngest again.' }),
    cause: z.string().nullable().meta({ description: 'Why it failed.' }),
  })
  .meta({ id: 'SyncEvent' });

export function toSyncEvent(event: LedgerEvent): z.output<typeof syncEvent> {
  const { _id, type, clerkId, status, deliveries, resends, cause } = event;
  return {
    id: _id,
    type,
    clerkId,
    status,
    receivedAt: event.receivedAt.toISOString(),
    handledAt: event.handledAt?.toISOString() ?? null,
    deliveries,
    resends,
    cause,
  };
}

/** A place in the ledger, the newest first: events that came in the same millisecond are told apart by their ids. */
export const eventCursor = z
  .string()
  .regex(/^\d{1,15}\.[\w-]{1,256}$/, 'Expected a cursor, as `nextCursor` has it');

export const cursorOf = ({ receivedAt, _id }: LedgerEvent) => `${receivedAt.getTime()}.${_id}`;

export function below(cursor: string): QueryFilter<LedgerEvent> {
  const dot = cursor.indexOf('.');
  const receivedAt = new Date(Number(cursor.slice(0, dot)));
  return {
    $or: [{ receivedAt: { $lt: receivedAt } }, { receivedAt, _id: { $lt: cursor.slice(dot + 1) } }],
  };
}
