import { admit } from '../flow/admit.ts';
import { completeEvent, type StoredEvent } from '../protocol/event.ts';
import type { EventTrigger } from '../protocol/function-config.ts';
import type { JsonObject } from '../protocol/json.ts';
import { DAY } from '../time/duration.ts';
import type { Core } from './core.ts';
import { resumeByEvent } from './pauses.ts';

/** An event that the server makes itself. */
export interface InternalEvent {
  name: string;
  data: JsonObject;
  id?: string;
  user?: JsonObject;
}

/**
 * Takes an event that was checked: keeps it, starts the functions that it triggers and resumes the runs that wait for it.
 * It may be acknowledged when `core.db.committed()` resolves.
 *
 * @param internalId the id that the server knows it by; one that is known already is not taken again
 */
export function receiveEvent(core: Core, fields: JsonObject, internalId: string): void {
  const event = completeEvent(fields, internalId, core.clock.now());
  take(
    core,
    { internalId, event, body: JSON.stringify(event), receivedAt: core.clock.now() },
    typeof fields.id === 'string',
  );
}

/** Takes an event that the server made itself. */
export function receiveInternal(core: Core, fields: InternalEvent): StoredEvent {
  const stored = storeInternal(core, fields);
  dispatch(core, stored, false);
  return stored;
}

/** Keeps an event that the server made itself without starting anything. */
export function storeInternal(core: Core, fields: InternalEvent): StoredEvent {
  const internalId = core.newId();
  const event = completeEvent({ ...fields }, internalId, core.clock.now());
  const stored = { internalId, event, body: JSON.stringify(event), receivedAt: core.clock.now() };
  core.store.events.insert(stored);
  return stored;
}

function take(core: Core, received: StoredEvent, hasOwnId: boolean): void {
  if (core.store.events.insert(received)) dispatch(core, received, hasOwnId);
}

function dispatch(core: Core, received: StoredEvent, hasOwnId: boolean): void {
  const { event } = received;
  const started = new Set<string>();
  for (const { fn, trigger } of core.registry.triggeredBy(event.name)) {
    if (started.has(fn.id) || !isTriggered(core, trigger, received)) continue;
    started.add(fn.id);
    // An event id starts a function once in 24 hours; debounce and batches look at the newest instead.
    const deduplicates = hasOwnId && !fn.debounce && !fn.batch;
    if (deduplicates && !core.store.counters.take(`event:${fn.id}:${event.id}`, core.clock.now(), DAY))
      continue;
    admit(core, fn, received);
  }
  resumeByEvent(core, received);
}

function isTriggered(core: Core, { expression }: EventTrigger, { event }: StoredEvent): boolean {
  if (expression === undefined) return true;
  try {
    return core.expressions.matches(expression, { event });
  } catch (error) {
    core.log(`a trigger's expression does not compile: ${expression}: ${(error as Error).message}`);
    return false;
  }
}
