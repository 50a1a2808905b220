import type { Inngest } from 'inngest';
import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import { z } from 'zod';
import { HttpError } from '../http/errors.ts';
import { pageOf, pageQuery } from '../http/page.ts';
import { type Route, route } from '../http/route.ts';
import { RECONCILE_REQUESTED } from '../identity/functions/reconcile-users.ts';
import { RESEND_REQUESTED } from '../identity/functions/resend-unhandled-events.ts';
import type { EventFilter, Ledger } from '../identity/ledger.ts';
import { EVENT_STATUSES, type LedgerEvent, ledgerModel } from '../identity/ledger-model.ts';
import type { SyncRuns } from '../identity/sync-run.ts';
import { clerkId } from './admin-user.ts';
import { describeAct } from './audit-requests.ts';
import { given } from './given.ts';
import { below, cursorOf, eventCursor, syncEvent, toSyncEvent } from './sync-event.ts';
import { syncHealth, syncHealthOf } from './sync-health.ts';

export interface SyncRouteParts {
  connection: Connection;
  inngest: Inngest.Any;
  ledger: Ledger;
  runs: Pick<SyncRuns, 'last'>;
  now: () => number;
  log: Logger;
}

const eventId = z.string().regex(/^[\w-]{1,256}$/, 'Expected the id of an event, such as msg_2x…');

const which = {
  type: z.string().max(100).optional(),
  clerkId: clerkId.optional(),
};

/** The health of the mirror, its repair, and the ledger of webhook events. */
export function syncRoutes({ inngest, ledger, log, ...parts }: SyncRouteParts): Route[] {
  const events = ledgerModel(parts.connection);
  const path = '/api/admin/sync';
  const admin = { guard: 'admin', tag: 'Admin' } as const;

  /** Makes events due, and asks for them at once; where Inngest is away, the minute's round takes them. */
  async function replay(filter: EventFilter): Promise<number> {
    const replayed = await ledger.replay(filter);
    if (replayed > 0) {
      await inngest
        .send({ name: RESEND_REQUESTED, data: {} })
        .catch((err: unknown) => log.warn({ err }, 'the replay waits for the next minute'));
    }
    return replayed;
  }

  return [
    route({
      ...admin,
      method: 'get',
      path,
      summary: 'The health of the mirror, and the drift that was found',
      response: syncHealth,
      handler: () => syncHealthOf(parts),
    }),
    route({
      ...admin,
      method: 'post',
      path: `${path}/reconcile`,
      reverify: true,
      summary: 'Compare all users with Clerk now, and mend what differs',
      description: `It goes on in the background: \`GET ${path}\` shows how far it is, and what it found.`,
      status: 202,
      response: z.object({ requested: z.literal(true) }),
      errors: ['inngest_error'],
      async handler() {
        try {
          await inngest.send({ name: RECONCILE_REQUESTED, data: {} });
        } catch (cause) {
          throw new HttpError('inngest_error', { cause });
        }
        return { requested: true } as const;
      },
    }),
    route({
      ...admin,
      method: 'get',
      path: `${path}/events`,
      summary: 'The ledger of webhook events, the newest first',
      description: 'Dead letters are those with `status=failed`.',
      query: z.object({
        limit: pageQuery.limit,
        cursor: eventCursor.optional(),
        status: z.enum(EVENT_STATUSES).optional(),
        ...which,
      }),
      response: pageOf(syncEvent),
      async handler({ query: { limit, cursor, ...equal } }) {
        const found = await events
          .find({ ...given(equal), ...(cursor === undefined ? {} : below(cursor)) })
          .sort({ receivedAt: -1, _id: -1 })
          .limit(limit + 1)
          .lean<LedgerEvent[]>();
        const shown = found.slice(0, limit);
        const last = shown.at(-1);
        return {
          items: shown.map(toSyncEvent),
          nextCursor: found.length > limit && last ? cursorOf(last) : null,
        };
      },
    }),
    route({
      ...admin,
      method: 'post',
      path: `${path}/events/:id/replay`,
      reverify: true,
      summary: 'Handle one event again',
      description:
        'One that failed, or was not handled yet. Handling an event twice does no harm, and mails nobody.',
      params: z.object({ id: eventId }),
      status: 202,
      response: z.object({ replayed: z.int() }),
      errors: ['event_not_found'],
      async handler({ params: { id } }) {
        const replayed = await replay({ id });
        if (replayed === 0) throw new HttpError('event_not_found');
        return { replayed };
      },
    }),
    route({
      ...admin,
      method: 'post',
      path: `${path}/events/replay`,
      reverify: true,
      summary: 'Handle many events again',
      description: 'All dead letters, or those of a type or a user.',
      body: z.object({ status: z.enum(['failed', 'received']).default('failed'), ...which }),
      status: 202,
      response: z.object({ replayed: z.int() }),
      async handler({ body, res }) {
        const filter = given(body);
        describeAct(res, filter);
        return { replayed: await replay(filter) };
      },
    }),
  ];
}
