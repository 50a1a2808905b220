import type { Core } from '../engine/core.ts';
import type { Event } from '../protocol/event.ts';
import type { FunctionConfig } from '../protocol/function-config.ts';

const MAX_SECONDS = 600;

/** By how much a run goes ahead of others (or, negative, stays behind), in ms: what `priority.run` says, at most 600 s. */
export function priorityOf(core: Core, fn: FunctionConfig, event: Event): number {
  if (fn.priority === undefined) return 0;
  const seconds = Number(core.expressions.evaluate(fn.priority, { event }));
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, -MAX_SECONDS), MAX_SECONDS) * 1000 : 0;
}
