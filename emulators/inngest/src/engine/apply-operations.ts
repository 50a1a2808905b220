import type { FunctionConfig } from '../protocol/function-config.ts';
import type { Operation } from '../protocol/opcode.ts';
import { asRunError, serverError } from '../protocol/run-error.ts';
import type { Job } from '../store/jobs.ts';
import type { Run } from '../store/runs.ts';
import { retry } from './call-app.ts';
import type { Core } from './core.ts';
import { endRun, failRun } from './end-run.ts';
import { isPlan, planStep } from './plan-step.ts';
import { settleStep } from './settle-step.ts';
import { queueCall } from './start-run.ts';

/** What an SDK reported in answer to a call. */
export interface Report {
  run: Run;
  fn: FunctionConfig;
  /** The call that was answered. */
  job: Job;
  operations: Operation[];
  noRetry: boolean;
  /** ms */
  retryAfter: number | undefined;
}

const MAX_STEPS = 1000;

/** Does what a function's steps ask for (SDK_SPEC 5.3; inngest: pkg/execution/executor/executor.go). */
export function applyOperations(core: Core, report: Report): void {
  const { run, job, operations } = report;
  if (operations.length > MAX_STEPS) {
    const message = `The function run exceeded the step limit of ${MAX_STEPS} steps.`;
    failRun(core, run, serverError('function_overflowed', message));
    return;
  }
  // A failed step that is to be tried again keeps the call; everything else is another call's business.
  if (!operations.some((operation) => isRetried(report, operation))) core.queue.remove(job.id);

  // All steps are known before the first settles, so that it waits for the others.
  const isNew = ({ id, op, name }: Operation) =>
    core.store.steps.plan(run.id, { id, op, name }, core.clock.now());
  const planned = new Set(operations.filter((operation) => isPlan(operation) && isNew(operation)));
  for (const operation of operations) {
    if (run.endedAt !== null) return;
    if (planned.has(operation)) planStep(core, run, operation);
    else if (!isPlan(operation)) applyOperation(core, report, operation);
  }
  if (operations.every(({ op }) => op === 'None' || op === '')) queueCall(core, run);
}

function applyOperation(core: Core, report: Report, operation: Operation): void {
  const { run, job } = report;
  const { id, op, name, data, duration } = operation;
  switch (op) {
    case 'StepRun':
    case 'Step': {
      const result = JSON.stringify(op === 'Step' ? data : { data });
      settleStep(core, run, {
        id,
        op,
        name,
        result,
        duration,
        attempts: job.attempt + 1,
        isRace: isRace(operation),
      });
      break;
    }
    case 'StepError':
    case 'StepFailed':
      applyFailure(core, report, operation);
      break;
    case 'RunComplete':
      endRun(core, run, 'completed', JSON.stringify(data));
      break;
    case 'DiscoveryRequest':
      queueCall(core, run);
      break;
    case 'None':
    case '':
      break;
    default:
      core.log(`run ${run.id} of ${run.functionId} used "${op}" in step "${name}", which is not emulated`);
      failRun(core, run, serverError('Error', `"${op}" (step "${name}") is not emulated`));
  }
}

function applyFailure(core: Core, report: Report, operation: Operation): void {
  const { run, job, retryAfter } = report;
  const { id, name } = operation;
  const error = asRunError(operation.error);
  core.store.steps.addFailure(run.id, { stepId: id, attempt: job.attempt, at: core.clock.now(), error });
  if (isRetried(report, operation)) {
    retry(core, job, retryAfter);
    return;
  }
  settleStep(core, run, {
    id,
    op: 'StepRun',
    name,
    status: 'failed',
    result: JSON.stringify({ error: { ...error, noRetry: true } }),
    attempts: job.attempt + 1,
    isRace: isRace(operation),
  });
}

function isRetried({ fn, job, noRetry }: Report, { op }: Operation): boolean {
  return op === 'StepError' && !noRetry && job.attempt + 1 < fn.maxAttempts;
}

function isRace({ opts }: Operation): boolean {
  return opts.parallelMode === 'race';
}
