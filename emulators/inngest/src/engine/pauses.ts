import type { Event, StoredEvent } from '../protocol/event.ts';
import { canonicalJson, valueAt } from '../protocol/json.ts';
import type { Pause } from '../store/pauses.ts';
import type { Core } from './core.ts';
import { endRun } from './end-run.ts';
import { settleStep } from './settle-step.ts';

/** The form in which the SDK sends `match: 'data.id'`; it is looked up instead of evaluated. */
const MATCH = /^event\.([A-Za-z_][\w.]*) == async\.([A-Za-z_][\w.]*)$/;

/** Keeps that a run waits for an event or is cancelled by one; `trigger` is the event that it was started for. */
export function pauseUntilEvent(core: Core, trigger: Event, pause: Omit<Pause, 'id'>): void {
  const [, own, other] = MATCH.exec(pause.expression ?? '') ?? [];
  if (own === undefined || own !== other) {
    core.store.pauses.insert(pause, undefined);
    return;
  }
  const value = valueAt(trigger, own);
  // A field that the run's own event lacks equals nothing.
  if (value !== undefined) core.store.pauses.insert(pause, { path: own, value: canonicalJson(value) });
}

/** Resumes the runs that waited for this event, and cancels those that it cancels. */
export function resumeByEvent(core: Core, received: StoredEvent): void {
  for (const pause of pausesFor(core, received)) {
    const run = core.store.runs.get(pause.runId);
    const isOwn = run?.eventIds.includes(received.internalId);
    if (!run || run.endedAt !== null || isOwn || isOver(core, pause)) continue;
    if (!matches(core, pause, received)) continue;
    if (pause.kind === 'cancel') {
      endRun(core, run, 'cancelled', null);
    } else if (pause.stepId !== null) {
      settleStep(core, run, { id: pause.stepId, op: 'WaitForEvent', result: `{"data":${received.body}}` });
    }
  }
}

function pausesFor({ store: { pauses } }: Core, { event }: StoredEvent): Pause[] {
  if (!pauses.isAwaited(event.name)) return [];
  return pauses.paths(event.name).flatMap((path) => {
    if (path === null) return pauses.unindexed(event.name);
    const value = valueAt(event, path);
    return value === undefined ? [] : pauses.matching(event.name, path, canonicalJson(value));
  });
}

function isOver({ clock }: Core, { expiresAt }: Pause): boolean {
  return expiresAt !== null && expiresAt <= clock.now();
}

function matches(
  { store, expressions }: Core,
  { expression, runId }: Pause,
  { event }: StoredEvent,
): boolean {
  if (expression === null || MATCH.test(expression)) return true;
  const run = store.runs.get(runId);
  const trigger = run && store.events.get(run.eventIds[0]!);
  return trigger !== undefined && expressions.matches(expression, { event: trigger.event, async: event });
}
