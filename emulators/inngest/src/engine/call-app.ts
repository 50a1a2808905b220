import { type Outcome, readOutcome } from '../protocol/call-outcome.ts';
import { buildCallRequest } from '../protocol/call-request.ts';
import { ReplyTooLarge, Unreachable } from '../protocol/exchange.ts';
import type { FunctionConfig } from '../protocol/function-config.ts';
import { isParallel } from '../protocol/opcode.ts';
import { type RunError, serverError, serverFailure } from '../protocol/run-error.ts';
import type { Job } from '../store/jobs.ts';
import type { Run } from '../store/runs.ts';
import { backoff } from '../time/backoff.ts';
import { applyOperations } from './apply-operations.ts';
import type { CallInProgress, Core } from './core.ts';
import { endRun, failRun } from './end-run.ts';

/** How long a function may take to answer, in ms (inngest: MaxFunctionTimeout in pkg/consts/consts.go). */
const CALL_TIMEOUT = 2 * 60 * 60 * 1000;

/** Calls the app for a job and does what its answer says. */
export async function callApp(core: Core, job: Job): Promise<void> {
  const run = core.store.runs.get(job.runId!);
  if (!run || run.endedAt !== null) return;
  const fn = core.registry.get(run.functionId);
  if (!fn) {
    failRun(core, run, serverError('Error', `function "${run.functionId}" is not registered any more`));
    return;
  }

  core.unreached.delete(job.id);
  markStarted(core, run, fn);
  const callId = core.newId();
  const call: CallInProgress = { runId: run.id, progressed: false };
  core.calls.set(callId, call);
  const outcome = await exchange(core, run, fn, job, callId);
  core.calls.delete(callId);
  if (core.queue.isClosed()) return;

  const current = core.store.runs.get(run.id);
  if (!current || current.endedAt !== null) return;
  applyOutcome(core, current, fn, call.progressed ? { ...job, attempt: 0 } : job, outcome);
}

function markStarted({ store, queue, clock }: Core, run: Run, fn: FunctionConfig): void {
  if (run.startedAt !== null) return;
  run.startedAt = clock.now();
  store.runs.start(run.id, run.startedAt);
  queue.removeSubject(`start-timeout:${run.id}`);
  if (fn.finishTimeout !== undefined) {
    queue.add({
      kind: 'finish-timeout',
      runId: run.id,
      functionId: fn.id,
      at: run.startedAt + fn.finishTimeout,
    });
  }
}

async function exchange(
  core: Core,
  run: Run,
  fn: FunctionConfig,
  job: Job,
  callId: string,
): Promise<Outcome> {
  const { store, transport, serverKind, signingKey } = core;
  const request = buildCallRequest({
    url: fn.url,
    runId: run.id,
    functionUuid: fn.uuid,
    stepId: job.stepId!,
    attempt: job.attempt,
    maxAttempts: fn.maxAttempts,
    version: run.version,
    plansSteps: run.plansSteps,
    events: run.eventIds.map((id) => store.events.bodyOf(id) ?? 'null'),
    steps: store.steps.settled(run.id),
    callId,
    serverKind,
    signingKey,
  });
  const fault = core.faults.nextCall();
  try {
    if (fault?.do === 'refuse') throw new Unreachable('refused by a fault switch');
    const reply = await transport.send({ method: 'POST', ...request, timeout: CALL_TIMEOUT });
    if (fault?.do === 'lose') throw new Unreachable('the answer was lost by a fault switch');
    return readOutcome(reply);
  } catch (cause) {
    const isUnreached = cause instanceof Unreachable;
    const error = transportError(cause, fn.url);
    return {
      kind: 'error',
      error,
      output: serverFailure(error),
      isUnreached,
      noRetry: false,
      retryAfter: undefined,
    };
  }
}

function transportError(cause: unknown, url: string): RunError {
  if (cause instanceof ReplyTooLarge) {
    return serverError('output_too_large', "Your function's response body exceeds the maximum size limit");
  }
  if (cause instanceof Unreachable)
    return serverError('Error', `Unable to reach SDK URL ${url}: ${cause.message}`);
  throw cause;
}

function applyOutcome(core: Core, run: Run, fn: FunctionConfig, job: Job, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'result':
      endRun(core, run, 'completed', outcome.output);
      break;
    case 'error':
      failAttempt(core, run, job, fn, outcome);
      break;
    case 'operations': {
      const plansSteps = run.plansSteps || isParallel(outcome.operations);
      const isChanged = run.version !== outcome.version || run.plansSteps !== plansSteps;
      const isLast = outcome.operations.some(({ op }) => op === 'RunComplete');
      run.version = outcome.version;
      run.plansSteps = plansSteps;
      if (isChanged && !isLast) core.store.runs.setProtocol(run.id, outcome.version, plansSteps);
      applyOperations(core, { run, fn, job, ...outcome });
    }
  }
}

interface FailedAttempt {
  error: RunError;
  /** What is shown as the run's result instead of the error, as JSON. */
  output?: string;
  noRetry?: boolean;
  /** ms */
  retryAfter?: number | undefined;
  isUnreached?: boolean;
}

/** The function's body failed, or was not reached: it is tried again, or the run fails. */
function failAttempt(core: Core, run: Run, job: Job, fn: FunctionConfig, failed: FailedAttempt): void {
  const { error, output, noRetry = false, retryAfter, isUnreached = false } = failed;
  core.store.steps.addFailure(run.id, {
    stepId: job.stepId!,
    attempt: job.attempt,
    at: core.clock.now(),
    error,
  });
  if (!noRetry && job.attempt + 1 < fn.maxAttempts) {
    const next = retry(core, job, retryAfter);
    if (isUnreached) {
      core.unreached.set(next.id, next);
      core.appIsSilent(fn.url);
    }
  } else {
    endRun(core, run, 'failed', output ?? JSON.stringify(error));
  }
}

/** Puts a call off until its next attempt. */
export function retry(core: Core, job: Job, retryAfter: number | undefined): Job {
  const wait = retryAfter ?? backoff(job.attempt, core.random);
  return core.queue.reschedule(job, { attempt: job.attempt + 1, at: core.clock.now() + wait });
}

/** An app answers again: the calls that did not reach it need not wait for their time. */
export function retryUnreached(core: Core, url: string): void {
  for (const [id, job] of core.unreached) {
    if (!core.registry.get(job.functionId)?.url.startsWith(url)) continue;
    core.unreached.delete(id);
    if (core.queue.has(job)) core.queue.reschedule(job, { attempt: job.attempt, at: core.clock.now() });
  }
}
