import type { Core } from '../engine/core.ts';
import type { StoredEvent } from '../protocol/event.ts';
import type { FunctionConfig } from '../protocol/function-config.ts';
import type { Job } from '../store/jobs.ts';
import type { Invoker } from '../store/runs.ts';
import { startAlone } from './admit.ts';
import { groupAlways } from './group-key.ts';

/**
 * Holds an event back until none of its group came for `period`, or `timeout` is over since the first. The event with the
 * newest `ts` is the one that runs, not the last to arrive.
 */
export function debounce(
  core: Core,
  fn: FunctionConfig,
  { internalId, event }: StoredEvent,
  invoker: Invoker | null,
): void {
  const { period, timeout, key } = fn.debounce!;
  const { held } = core.store;
  const now = core.clock.now();
  const group = `debounce:${fn.id}:${groupAlways(core, key, event)}`;
  const [before] = held.list(group);
  if (before && before.ts > event.ts) return;

  const since = before?.since ?? now;
  held.clear(group);
  held.add(group, { eventId: internalId, ts: event.ts, since, invoker });
  const at = timeout === undefined ? now + period : Math.min(now + period, since + timeout);
  core.queue.replace({ kind: 'debounce', functionId: fn.id, subject: group, at });
}

/** Starts the run of the event that was held back last. */
export function endDebounce(core: Core, { functionId, subject }: Job): void {
  const fn = core.registry.get(functionId);
  const [last] = core.store.held.list(subject!);
  const received = last && core.store.events.get(last.eventId);
  core.store.held.clear(subject!);
  if (fn && received) startAlone(core, fn, received, { invoker: last.invoker });
}
