import type { FunctionConfig } from '../protocol/function-config.ts';
import type { Operation } from '../protocol/opcode.ts';
import { asRunError, serverError } from '../protocol/run-error.ts';
import type { Job } from '../store/jobs.ts';
import type { Run } from '../store/runs.ts';
import { DAY, parseMoment } from '../time/duration.ts';
import { retry } from './call-app.ts';
import type { Core } from './core.ts';
import { endRun } from './end-run.ts';
import { invoke } from './invoke.ts';
import { pauseUntilEvent } from './pauses.ts';
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

const MAX_WAIT = 366 * DAY;
const MAX_STEP_OUTPUT = 4 * 1024 * 1024;
const MAX_STEPS = 1000;

const PLANS = new Set(['StepPlanned', 'Sleep', 'WaitForEvent', 'InvokeFunction']);

/** Does what a function's steps ask for (SDK_SPEC 5.3; inngest: pkg/execution/executor/executor.go). */
export function applyOperations(core: Core, report: Report): void {
  const { run, job, operations } = report;
  if (operations.length > MAX_STEPS) {
    return endRun(
      core,
      run,
      'failed',
      JSON.stringify(
        serverError('function_overflowed', `The function run exceeded the step limit of ${MAX_STEPS} steps.`),
      ),
    );
  }
  // A failed step that is to be tried again keeps the call; everything else is another call's business.
  if (!operations.some((operation) => isRetried(report, operation))) core.queue.remove(job.id);

  const planned = operations.filter(({ op }) => PLANS.has(op));
  const fresh = planned.filter(({ id, op, name }) =>
    core.store.steps.plan(run.id, { id, op, name }, core.clock.now()),
  );
  for (const operation of operations) {
    if (run.endedAt !== null) return;
    if (PLANS.has(operation.op)) {
      if (fresh.includes(operation)) planStep(core, report, operation);
    } else {
      applyOperation(core, report, operation);
    }
  }
  if (operations.every(({ op }) => op === 'None' || op === '')) queueCall(core, run);
}

function applyOperation(core: Core, report: Report, operation: Operation): void {
  const { run, job } = report;
  const { id, op, name, data } = operation;
  switch (op) {
    case 'StepRun':
    case 'Step': {
      const result = JSON.stringify(op === 'Step' ? data : { data });
      if (Buffer.byteLength(result) > MAX_STEP_OUTPUT) {
        return endRun(
          core,
          run,
          'failed',
          JSON.stringify(serverError('step_output_too_large', `The output of step "${name}" exceeds 4 MB.`)),
        );
      }
      return settleStep(core, run, {
        id,
        op,
        name,
        result,
        attempts: job.attempt + 1,
        isRace: isRace(operation),
      });
    }
    case 'StepError':
    case 'StepFailed':
      return applyFailure(core, report, operation);
    case 'RunComplete':
      return endRun(core, run, 'completed', JSON.stringify(data));
    case 'DiscoveryRequest':
      return queueCall(core, run);
    case 'None':
    case '':
      return;
    default:
      return refuse(core, run, `"${op}" (step "${name}") is not emulated`);
  }
}

function applyFailure(core: Core, report: Report, operation: Operation): void {
  const { run, job, retryAfter } = report;
  const error = asRunError(operation.error);
  core.store.steps.addFailure(run.id, {
    stepId: operation.id,
    attempt: job.attempt,
    at: core.clock.now(),
    error,
  });
  if (isRetried(report, operation)) return retry(core, job, retryAfter);
  settleStep(core, run, {
    id: operation.id,
    op: 'StepRun',
    name: operation.name,
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

function planStep(core: Core, { run }: Report, { id, op, opts, argument }: Operation): void {
  const now = core.clock.now();
  const queueUntil = (kind: 'sleep' | 'wait-timeout' | 'invoke-timeout', at: number) =>
    core.queue.add({ kind, runId: run.id, functionId: run.functionId, stepId: id, at });

  if (op === 'StepPlanned') return queueCall(core, run, { stepId: id });
  if (op === 'Sleep') {
    // A Go SDK puts the step's name where the TypeScript one puts the time: `duration` goes first.
    const text = textOf(opts.duration) ?? argument;
    const at = text === '' ? now : parseMoment(text, now);
    if (at === undefined) return refuse(core, run, `"${text}" is neither a duration nor a date`);
    if (at - now > MAX_WAIT)
      return refuse(core, run, `The sleep "${text}" ends more than one year in the future`);
    queueUntil('sleep', at);
    return;
  }
  const timeout = textOf(opts.timeout);
  const at =
    timeout === undefined ? (op === 'WaitForEvent' ? now : now + MAX_WAIT) : parseMoment(timeout, now);
  if (at === undefined) return refuse(core, run, `the timeout "${timeout}" is neither a duration nor a date`);
  if (op === 'InvokeFunction') {
    queueUntil('invoke-timeout', at);
    return invoke(core, run, id, opts);
  }
  waitForEvent(core, run, id, {
    event: textOf(opts.event) ?? argument,
    expression: textOf(opts.if) ?? null,
    at,
  });
  queueUntil('wait-timeout', at);
}

function waitForEvent(
  core: Core,
  run: Run,
  stepId: string,
  { event, expression, at }: { event: string; expression: string | null; at: number },
): void {
  const trigger = core.store.events.get(run.eventIds[0]!)!.event;
  if (expression !== null) {
    try {
      core.expressions.evaluate(expression, { event: trigger, async: trigger });
    } catch (error) {
      const message = 'Wait for event If expression failed to compile';
      return endRun(
        core,
        run,
        'failed',
        JSON.stringify(serverError('InvalidExpression', message, (error as Error).message)),
      );
    }
  }
  pauseUntilEvent(core, trigger, { kind: 'wait', event, runId: run.id, stepId, expression, expiresAt: at });
}

function refuse(core: Core, run: Run, message: string): void {
  core.log(`run ${run.id} of ${run.functionId} failed: ${message}`);
  endRun(core, run, 'failed', JSON.stringify(serverError('Error', message)));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
