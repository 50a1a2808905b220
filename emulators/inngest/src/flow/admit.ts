import type { Core } from '../engine/core.ts';
import { endRun, rejectInvocation } from '../engine/end-run.ts';
import { startRun } from '../engine/start-run.ts';
import type { StoredEvent } from '../protocol/event.ts';
import type { FunctionConfig } from '../protocol/function-config.ts';
import type { Invoker } from '../store/runs.ts';
import { DAY } from '../time/duration.ts';
import { addToBatch } from './batch.ts';
import { takeNow } from './cell-rate.ts';
import { debounce } from './debounce.ts';
import { groupOf } from './group-key.ts';

/**
 * Lets an event start a function, as its flow control says: in a batch, or not at all (rate limit, idempotency), or later
 * (debounce), or in the place of another run (singleton). The order is the real server's (inngest: executor.go, schedule).
 *
 * @param invoker the step that invoked the function and waits for it
 */
export function admit(
  core: Core,
  fn: FunctionConfig,
  received: StoredEvent,
  invoker: Invoker | null = null,
): void {
  if (fn.batch && addToBatch(core, fn, received, invoker)) return;
  if (isOverRate(core, fn, received)) {
    if (invoker)
      rejectInvocation(core, invoker, { name: 'Error', message: 'invoked function is rate limited' });
    return;
  }
  if (fn.debounce) debounce(core, fn, received, invoker);
  else startAlone(core, fn, received, { invoker });
}

/** Starts a run unless another one holds the function's singleton. */
export function startAlone(
  core: Core,
  fn: FunctionConfig,
  received: StoredEvent,
  { invoker = null, cron = null }: { invoker?: Invoker | null; cron?: string | null } = {},
): void {
  const options = { cron, invokers: invoker ? [invoker] : [] };
  const group = fn.singleton && groupOf(core, fn.singleton.key, received.event);
  if (!fn.singleton || group === false) {
    startRun(core, fn, [received], options);
    return;
  }
  const singleton = `${fn.id}:${group}`;
  const holder = core.store.runs.holding(singleton);
  if (holder && fn.singleton.mode === 'skip') {
    if (invoker)
      rejectInvocation(core, invoker, {
        name: 'Error',
        message: 'invoked function is a singleton that is already running',
      });
    return;
  }
  if (holder) endRun(core, holder, 'cancelled', null);
  startRun(core, fn, [received], { ...options, singleton });
}

/** `idempotency` is a rate limit of one a day and takes the place of `rateLimit`. */
function isOverRate(core: Core, fn: FunctionConfig, { event }: StoredEvent): boolean {
  const limit = fn.idempotency === undefined ? fn.rateLimit : { limit: 1, period: DAY, key: fn.idempotency };
  if (!limit) return false;
  const group = groupOf(core, limit.key, event);
  if (group === false) return false;
  const rate = { limit: limit.limit, period: limit.period, burst: Math.floor(limit.limit / 10) };
  return !takeNow(core.store.counters, `rate:${fn.id}:${group}`, rate, core.clock.now());
}
