import type { Run } from '../store/runs.ts';
import type { Core } from './core.ts';
import { startRun } from './start-run.ts';

/** Starts a function once more with the events of a run; undefined where the run or the function is gone. */
export function rerun(core: Core, runId: string): Run | undefined {
  const run = core.store.runs.get(runId);
  const fn = run && core.registry.get(run.functionId);
  const events = run?.eventIds.flatMap((id) => core.store.events.get(id) ?? []) ?? [];
  return run && fn && events.length > 0 ? startRun(core, fn, events, { cron: run.cron }) : undefined;
}
