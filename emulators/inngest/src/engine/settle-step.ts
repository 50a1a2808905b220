import type { Run } from '../store/runs.ts';
import type { Core } from './core.ts';
import { queueCall } from './start-run.ts';

export interface Settlement {
  id: string;
  op: string;
  name?: string;
  status?: 'completed' | 'failed';
  /** JSON as the SDK is given it: `{"data":…}`, `{"error":…}` or `null`. */
  result: string;
  attempts?: number;
  /** How long it took, in ms. */
  duration?: number;
  /** In a race, the function goes on after each of its steps and not after the last. */
  isRace?: boolean;
}

/**
 * Keeps a step's result and lets the function go on, unless parallel steps are still to settle. SDKs that speak version 1
 * of the protocol are called after each of those instead.
 */
export function settleStep(core: Core, run: Run, settlement: Settlement): void {
  if (!recordStep(core, run.id, settlement)) return;
  if (run.version >= 2 && settlement.isRace !== true) {
    if (core.store.steps.hasPending(run.id)) return;
    if (run.plansSteps) core.store.runs.setProtocol(run.id, run.version, false);
  }
  queueCall(core, run);
}

/** Keeps a step's result without calling the function; false where the step was settled before. */
export function recordStep({ store, clock }: Core, runId: string, settlement: Settlement): boolean {
  const { id, op, name = id, status = 'completed', result, attempts = 1, duration = 0 } = settlement;
  const isNew = store.steps.settle(runId, { id, op, name, status, result, attempts, duration }, clock.now());
  if (isNew) store.pauses.removeOfStep(runId, id);
  return isNew;
}
