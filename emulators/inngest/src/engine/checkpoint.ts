import { isObject } from '../protocol/json.ts';
import { isTooLarge, toOperations } from '../protocol/opcode.ts';
import type { Core } from './core.ts';
import { recordStep } from './settle-step.ts';

/** Why a checkpoint is refused, with the status that tells the SDK what to do. */
export interface Refusal {
  status: 400 | 404 | 409 | 413;
  message: string;
}

/**
 * Keeps steps that a function finished while it is still being called (inngest: pkg/execution/checkpoint). A call that is
 * no longer the current one, after a restart or because the run ended, is told so (409) and stops.
 */
export function checkpoint(core: Core, runId: string, body: unknown): Refusal | undefined {
  if (!isObject(body) || !Array.isArray(body.steps))
    return { status: 400, message: 'invalid request body: steps must be an array' };
  const operations = toOperations(body.steps);
  if (typeof operations === 'string') return { status: 400, message: operations };
  const run = core.store.runs.get(runId);
  if (!run) return { status: 404, message: 'run not found' };
  const call = core.calls.get(String(body.qi_id ?? body.request_id));
  if (!call || call.runId !== runId || run.endedAt !== null) {
    return { status: 409, message: 'stale dispatch: queue item not found' };
  }
  for (const operation of operations) {
    const { id, op, name, data, duration } = operation;
    if (op === 'StepPlanned') continue;
    if (op !== 'StepRun' && op !== 'Step') return { status: 400, message: `cannot checkpoint opcode: ${op}` };
    const result = JSON.stringify(op === 'Step' ? data : { data });
    if (isTooLarge(operation)) return { status: 413, message: `step ${id} output too large` };
    recordStep(core, runId, { id, op, name, result, duration });
    call.progressed = true;
  }
  return undefined;
}
