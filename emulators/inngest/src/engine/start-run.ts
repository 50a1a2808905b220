import { takeNext } from '../flow/cell-rate.ts';
import { groupAlways } from '../flow/group-key.ts';
import { priorityOf } from '../flow/priority.ts';
import type { StoredEvent } from '../protocol/event.ts';
import type { FunctionConfig, Limit } from '../protocol/function-config.ts';
import type { Invoker, Run, Slot, Slots } from '../store/runs.ts';
import { parseMoment } from '../time/duration.ts';
import type { Core } from './core.ts';
import { pauseUntilEvent } from './pauses.ts';

export interface StartOptions {
  invokers?: Invoker[];
  /** The schedule that it runs on. */
  cron?: string | null;
  /** The group of a singleton that it holds. */
  singleton?: string | null;
}

/** Creates a run for these events (more than one: a batch) and queues its first call. */
export function startRun(
  core: Core,
  fn: FunctionConfig,
  events: readonly StoredEvent[],
  options: StartOptions = {},
): Run {
  const { clock, store, queue } = core;
  const now = clock.now();
  const { event } = events[0]!;
  const run: Run = {
    id: core.newId(),
    functionId: fn.id,
    eventIds: events.map(({ internalId }) => internalId),
    cron: options.cron ?? null,
    status: 'scheduled',
    createdAt: now,
    startedAt: null,
    endedAt: null,
    output: null,
    version: -1,
    plansSteps: false,
    invokers: options.invokers ?? [],
    priority: priorityOf(core, fn, event),
    slots: slotsOf(core, fn, events[0]!),
    singleton: options.singleton ?? null,
  };
  store.runs.insert(run);
  for (const cancel of fn.cancel) {
    const expiresAt = cancel.timeout === undefined ? null : (parseMoment(cancel.timeout, now) ?? null);
    pauseUntilEvent(core, event, {
      kind: 'cancel',
      event: cancel.event,
      runId: run.id,
      stepId: null,
      expression: cancel.if ?? null,
      expiresAt,
    });
  }
  if (fn.startTimeout !== undefined) {
    queue.add({
      kind: 'start-timeout',
      runId: run.id,
      functionId: fn.id,
      subject: `start-timeout:${run.id}`,
      at: now + fn.startTimeout,
    });
  }
  const due = Math.max(now, event.ts);
  const at = fn.throttle
    ? takeNext(
        store.counters,
        `throttle:${fn.id}:${groupAlways(core, fn.throttle.key, event)}`,
        fn.throttle,
        due,
      )
    : due;
  queueCall(core, run, { at });
  return run;
}

/** Queues a call of the app: to go on with the function, or to run one step. */
export function queueCall(core: Core, run: Run, { stepId = 'step', at = core.clock.now() } = {}): void {
  core.queue.add({
    kind: 'call',
    runId: run.id,
    functionId: run.functionId,
    stepId,
    at,
    score: at - run.priority,
    slots: run.slots,
  });
}

function slotsOf(core: Core, fn: FunctionConfig, { event }: StoredEvent): Slots | null {
  if (fn.stepLimits.length === 0 && fn.runLimits.length === 0) return null;
  const toSlot = (kind: string, { limit, key, scope }: Limit): Slot => {
    // Functions share a limit of a wider scope where they name it by the same expression.
    const owner = scope === 'fn' ? `${kind}:${fn.id}` : `${kind}:${scope}`;
    return { key: `${owner}:${key ?? ''}:${groupAlways(core, key, event)}`, limit };
  };
  return {
    step: fn.stepLimits.map((limit) => toSlot('step', limit)),
    run: fn.runLimits.map((limit) => toSlot('run', limit)),
  };
}
