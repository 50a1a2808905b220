import type { Core } from '../engine/core.ts';
import type { Event } from '../protocol/event.ts';
import { canonicalJson } from '../protocol/json.ts';

/**
 * The group that an event falls into under a `key` expression, as text; without an expression all are one group.
 * Answers false where the expression does: the limit does not apply to this event then (inngest: ratelimit.go, singleton.go).
 */
export function groupOf(core: Core, key: string | undefined, event: Event): string | false {
  if (key === undefined) return '';
  const value = core.expressions.evaluate(key, { event });
  return value === false ? false : groupText(value);
}

/** Like {@link groupOf}, for limits that an expression cannot switch off. */
export function groupAlways(core: Core, key: string | undefined, event: Event): string {
  return key === undefined ? '' : groupText(core.expressions.evaluate(key, { event }));
}

function groupText(value: unknown): string {
  return canonicalJson(typeof value === 'bigint' ? Number(value) : value);
}
