import type { Connection } from 'mongoose';
import { z } from 'zod';
import { type LedgerEvent, ledgerModel } from '../identity/ledger-model.ts';
import { NO_DRIFT } from '../identity/reconcile.ts';
import type { SyncRun, SyncRuns } from '../identity/sync-run.ts';
import { userModel } from '../identity/user-model.ts';

/** What was received longer ago than this and is not handled says that something is wrong, ms. */
const LATE_MS = 5 * 60_000;

const count = z.int();
const DRIFT = Object.keys(NO_DRIFT) as (keyof typeof NO_DRIFT)[];

export const syncHealth = z
  .object({
    healthy: z.boolean().meta({
      description:
        'No dead letters, and nothing that was received more than 5 minutes ago and is not handled.',
    }),
    users: count.meta({ description: 'In the mirror, the tombstones of the deleted included.' }),
    events: z.object({
      total: count,
      received: count.meta({ description: 'Not handled yet.' }),
      failed: count.meta({ description: 'Dead letters.' }),
      oldestReceivedAt: z.iso.datetime().nullable().meta({ description: 'Of what is not handled yet.' }),
    }),
    reconciliations: z.array(
      z.object({
        kind: z.enum(['command', 'nightly']).meta({ description: '`command`: `npm run sync`.' }),
        startedAt: z.iso.datetime(),
        finishedAt: z.iso.datetime().nullable(),
        drift: z
          .record(z.enum(DRIFT), count)
          .meta({ description: 'What was found, and mended: users of each kind.' }),
        erased: count.meta({ description: 'Users who were gone from Clerk, and are erased now.' }),
        isImplausible: z.boolean().meta({ description: 'So many were gone that nobody was erased.' }),
      }),
    ),
  })
  .meta({ id: 'SyncHealth' });

export interface SyncHealthParts {
  connection: Connection;
  runs: Pick<SyncRuns, 'last'>;
  now: () => number;
}

export async function syncHealthOf({
  connection,
  runs,
  now,
}: SyncHealthParts): Promise<z.output<typeof syncHealth>> {
  const events = ledgerModel(connection);
  const [users, total, received, failed, oldest, reconciliations] = await Promise.all([
    userModel(connection).estimatedDocumentCount(),
    events.estimatedDocumentCount(),
    events.countDocuments({ status: 'received' }),
    events.countDocuments({ status: 'failed' }),
    events.findOne({ status: 'received' }, { receivedAt: 1 }).sort({ receivedAt: 1 }).lean<LedgerEvent>(),
    runs.last(),
  ]);
  const isLate = oldest !== null && now() - oldest.receivedAt.getTime() > LATE_MS;
  return {
    healthy: failed === 0 && !isLate,
    users,
    events: { total, received, failed, oldestReceivedAt: oldest?.receivedAt.toISOString() ?? null },
    reconciliations: reconciliations.map(shown),
  };
}

function shown({ _id, startedAt, finishedAt, drift, erased, isImplausible }: SyncRun) {
  return {
    kind: _id,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
    drift,
    erased,
    isImplausible,
  };
}
