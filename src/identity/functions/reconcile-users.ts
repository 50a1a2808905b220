import { cron, type Inngest } from 'inngest';
import type { SyncRun, SyncRuns } from '../sync-run.ts';

/** Asks for a reconciliation now: `data: { anew: true }` does not take up an interrupted one. */
export const RECONCILE_REQUESTED = 'frontdesk/users.reconcile-requested';

/** Pages in one run: a run's state is bounded (Inngest: 1,000 steps), the number of users is not. */
const PAGES = 200;

export interface ReconcileUsersParts {
  inngest: Inngest.Any;
  runs: SyncRuns;
  /** Pages that one run does; the next one goes on. */
  pagesInOneRun?: number;
}

/** `reconcile-users`, nightly and on demand. A step for each page: it goes on where it was stopped. */
export function reconcileUsers({ inngest, runs, pagesInOneRun = PAGES }: ReconcileUsersParts) {
  return inngest.createFunction(
    {
      id: 'reconcile-users',
      triggers: [cron('0 3 * * *'), { event: RECONCILE_REQUESTED }],
      concurrency: 1,
      retries: 8,
    },
    async ({ event, step }) => {
      const isAnew = (event.data as { anew?: unknown } | undefined)?.anew === true;
      let run: SyncRun = await step.run('begin', () => runs.begin('nightly', { isAnew }));
      for (let page = 0; page < pagesInOneRun && run.cursor !== null; page++) {
        const before = run;
        run = await step.run(`page-${page}`, () => runs.page(before));
      }
      for (let round = 0; round < pagesInOneRun && run.cursor === null && run.finishedAt === null; round++) {
        const before = run;
        run = await step.run(`erase-${round}`, () => runs.erase(before));
      }
      if (run.finishedAt === null) await step.sendEvent('go-on', { name: RECONCILE_REQUESTED, data: {} });
      return { drift: run.drift, erased: run.erased, isImplausible: run.isImplausible };
    },
  );
}
