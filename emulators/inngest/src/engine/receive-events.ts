import { admit } from '../flow/admit.ts';
import { completeEvent, type StoredEvent } from '../protocol/event.ts';
import type { EventTrigger, FunctionConfig } from '../protocol/function-config.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Job } from '../store/jobs.ts';
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
 * @param delay ms until it starts anything
 */
export function receiveEvent(core: Core, fields: JsonObject, internalId: string, delay = 0): void {
  const received = toStored(core, fields, internalId);
  if (!core.store.events.insert(received)) return;
  if (delay === 0) dispatch(core, received);
  else core.queue.add({ kind: 'deliver', functionId: '', subject: internalId, at: core.clock.now() + delay });
}

/** The time of an event that was held back has come. */
export function deliver(core: Core, { subject }: Job): void {
  const received = core.store.events.get(subject!);
  if (received) dispatch(core, received);
}

/** Takes an event that the server made itself. */
export function receiveInternal(core: Core, fields: InternalEvent): void {
  dispatch(core, storeInternal(core, fields));
}

/** Keeps an event that the server made itself without starting anything. */
export function storeInternal(core: Core, fields: InternalEvent): StoredEvent {
  const stored = toStored(core, { ...fields }, core.newId());
  core.store.events.insert(stored);
  return stored;
}

function toStored({ clock }: Core, fields: JsonObject, internalId: string): StoredEvent {
  const event = completeEvent(fields, internalId, clock.now());
  return { internalId, event, body: JSON.stringify(event), receivedAt: clock.now() };
}

function dispatch(core: Core, received: StoredEvent): void {
  const { event } = received;
  const started = new Set<string>();
  for (const { fn, trigger } of core.registry.triggeredBy(event.name)) {
    if (started.has(fn.id) || !isTriggered(core, trigger, received)) continue;
    started.add(fn.id);
    if (isFirst(core, fn, received)) admit(core, fn, received);
  }
  resumeByEvent(core, received);
}

/** A sender's event id starts a function once in 24 hours; debounce and batches look at the newest event instead. */
function isFirst({ store, clock }: Core, fn: FunctionConfig, { internalId, event }: StoredEvent): boolean {
  if (event.id === internalId || fn.debounce || fn.batch) return true;
  return store.counters.take(`event:${fn.id}:${event.id}`, clock.now(), DAY);
}

function isTriggered({ expressions }: Core, { expression }: EventTrigger, { event }: StoredEvent): boolean {
  return expression === undefined || expressions.matches(expression, { event });
}
