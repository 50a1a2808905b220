import type { Core } from '../engine/core.ts';
import { startRun } from '../engine/start-run.ts';
import type { StoredEvent } from '../protocol/event.ts';
import type { FunctionConfig } from '../protocol/function-config.ts';
import type { Job } from '../store/jobs.ts';
import type { Invoker } from '../store/runs.ts';
import { groupAlways } from './group-key.ts';

/**
 * Puts an event into its group's batch, which starts a run when it is full or its time is over. Answers false for an
 * event that the function's `batchEvents.if` refuses: that one runs alone at once.
 */
export function addToBatch(
  core: Core,
  fn: FunctionConfig,
  { internalId, event }: StoredEvent,
  invoker: Invoker | null,
): boolean {
  const batch = fn.batch!;
  if (batch.if !== undefined && !core.expressions.matches(batch.if, { event })) return false;
  const now = core.clock.now();
  const group = `batch:${fn.id}:${groupAlways(core, batch.key, event)}`;
  core.store.held.add(group, { eventId: internalId, ts: event.ts, since: now, invoker });
  const size = core.store.held.count(group);
  if (size >= batch.maxSize) {
    core.queue.removeSubject(group);
    startBatch(core, fn, group);
  } else if (size === 1) {
    core.queue.replace({ kind: 'batch', functionId: fn.id, subject: group, at: now + batch.timeout });
  }
  return true;
}

/** Starts the run of a batch whose time is over. */
export function endBatch(core: Core, { functionId, subject }: Job): void {
  const fn = core.registry.get(functionId);
  if (fn) startBatch(core, fn, subject!);
}

function startBatch(core: Core, fn: FunctionConfig, group: string): void {
  const held = core.store.held.list(group);
  core.store.held.clear(group);
  const events = held.flatMap(({ eventId }) => core.store.events.get(eventId) ?? []);
  if (events.length > 0)
    startRun(core, fn, events, { invokers: held.flatMap(({ invoker }) => invoker ?? []) });
}
