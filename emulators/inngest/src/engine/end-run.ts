import { errorOfOutput, type RunError, serverFailure } from '../protocol/run-error.ts';
import type { Invoker, Run } from '../store/runs.ts';
import type { Core } from './core.ts';
import { receiveInternal } from './receive-events.ts';
import { settleStep } from './settle-step.ts';

const LIFECYCLE = /^inngest\/function\.(failed|finished|cancelled)$/;

/**
 * Ends a run that is under way: nothing of it stays queued, a step that invoked it is settled, and the events
 * `inngest/function.finished`, `.failed` and `.cancelled` go to whoever listens.
 *
 * @param output JSON: what the function returned, or its error; null where it was cancelled
 */
export function endRun(
  core: Core,
  run: Run,
  status: 'completed' | 'failed' | 'cancelled',
  output: string | null,
): void {
  const { store, queue, clock } = core;
  if (run.endedAt !== null) return;
  run.endedAt = clock.now();
  run.status = status;
  store.runs.end(run.id, status, output, run.endedAt);
  queue.removeOfRun(run.id);
  queue.releaseRun(run.id);
  store.pauses.removeOfRun(run.id);
  const result = { status, output };
  for (const invoker of run.invokers) settleInvocation(core, invoker, result);
  announce(core, run, result);
  core.pruner.runEnded(run.endedAt);
}

/** Ends a run with an error that is not the function's own. */
export function failRun(core: Core, run: Run, error: RunError): void {
  endRun(core, run, 'failed', serverFailure(error));
}

interface Result {
  status: 'completed' | 'failed' | 'cancelled';
  output: string | null;
}

function settleInvocation(core: Core, invoker: Invoker, { status, output }: Result): void {
  if (status === 'completed') {
    resolveInvocation(core, invoker, `{"data":${output ?? 'null'}}`);
  } else {
    const cancelled = { name: 'Error', message: 'function cancelled' };
    rejectInvocation(core, invoker, status === 'failed' ? errorOfOutput(output) : cancelled);
  }
}

/** Fails the step that invoked a function. */
export function rejectInvocation(core: Core, invoker: Invoker, error: RunError): void {
  resolveInvocation(core, invoker, JSON.stringify({ error }), 'failed');
}

function resolveInvocation(
  core: Core,
  { runId, stepId }: Invoker,
  result: string,
  status: 'completed' | 'failed' = 'completed',
): void {
  const caller = core.store.runs.get(runId);
  if (!caller || caller.endedAt !== null || !core.store.steps.isPending(runId, stepId)) return;
  settleStep(core, caller, { id: stepId, op: 'InvokeFunction', status, result });
}

function announce(core: Core, run: Run, { status, output }: Result): void {
  const names = ['inngest/function.finished'];
  if (status === 'failed') names.push('inngest/function.failed');
  if (status === 'cancelled') names.push('inngest/function.cancelled');
  const heard = names.filter(
    (name) => core.registry.triggeredBy(name).length > 0 || core.store.pauses.isAwaited(name),
  );
  if (heard.length === 0) return;

  const events = run.eventIds.flatMap((id) => core.store.events.get(id) ?? []).map(({ event }) => event);
  const [event] = events;
  // The end of a function that handles the end of another is not announced: it would go on for ever.
  if (!event || LIFECYCLE.test(event.name)) return;
  const data = {
    function_id: run.functionId,
    run_id: run.id,
    event,
    events,
    ...(status === 'failed'
      ? { error: errorOfOutput(output) }
      : { result: JSON.parse(output ?? 'null') as unknown }),
    _inngest: { status: status === 'completed' ? 'Completed' : status === 'failed' ? 'Failed' : 'Cancelled' },
  };
  for (const name of heard) receiveInternal(core, { name, data, id: `${run.id}:${name}` });
}
