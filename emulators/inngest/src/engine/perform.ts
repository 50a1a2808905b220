import { endBatch } from '../flow/batch.ts';
import { endDebounce } from '../flow/debounce.ts';
import type { Job } from '../store/jobs.ts';
import { callApp } from './call-app.ts';
import type { Core } from './core.ts';
import { tick } from './crons.ts';
import { endRun } from './end-run.ts';
import { deliver } from './receive-events.ts';
import { settleStep } from './settle-step.ts';

/** Does a job that is due. */
export function perform(core: Core, job: Job): Promise<void> | undefined {
  if (job.kind === 'call') return callApp(core, job);
  core.queue.remove(job.id);
  switch (job.kind) {
    case 'sleep':
      settlePending(core, job, 'Sleep', 'null');
      break;
    case 'wait-timeout':
      settlePending(core, job, 'WaitForEvent', 'null');
      break;
    case 'invoke-timeout': {
      const error = { name: 'InngestInvokeTimeoutError', message: 'Timed out waiting for invoked function' };
      settlePending(core, job, 'InvokeFunction', JSON.stringify({ error }));
      break;
    }
    case 'debounce':
      endDebounce(core, job);
      break;
    case 'batch':
      endBatch(core, job);
      break;
    case 'deliver':
      deliver(core, job);
      break;
    case 'cron':
      tick(core, job);
      break;
    case 'start-timeout':
    case 'finish-timeout':
      cancelLate(core, job);
      break;
  }
  return undefined;
}

function settlePending(core: Core, { runId, stepId }: Job, op: string, result: string): void {
  const run = core.store.runs.get(runId!);
  if (!run || run.endedAt !== null || !core.store.steps.isPending(run.id, stepId!)) return;
  settleStep(core, run, {
    id: stepId!,
    op,
    result,
    status: result.startsWith('{"error"') ? 'failed' : 'completed',
  });
}

function cancelLate(core: Core, { runId, kind }: Job): void {
  const run = core.store.runs.get(runId!);
  if (!run || (kind === 'start-timeout' && run.startedAt !== null)) return;
  endRun(core, run, 'cancelled', null);
}
