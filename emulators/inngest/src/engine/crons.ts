import { Cron } from 'croner';
import { startAlone } from '../flow/admit.ts';
import type { CronTrigger, FunctionConfig } from '../protocol/function-config.ts';
import type { Job } from '../store/jobs.ts';
import type { Core } from './core.ts';
import { storeInternal } from './receive-events.ts';

/** Queues the next tick of every schedule; called again whenever functions change. */
export function scheduleCrons(core: Core): void {
  const wanted = new Map<string, { fn: FunctionConfig; trigger: CronTrigger }>();
  for (const fn of core.registry.apps().flatMap(({ functions }) => functions)) {
    for (const trigger of fn.cronTriggers) wanted.set(subjectOf(fn, trigger), { fn, trigger });
  }
  for (const subject of core.queue.subjects('cron:')) {
    if (!wanted.has(subject)) core.queue.removeSubject(subject);
    wanted.delete(subject);
  }
  for (const { fn, trigger } of wanted.values()) scheduleNext(core, fn, trigger);
}

/** A schedule's time has come: starts its function and queues the next tick. */
export function tick(core: Core, job: Job): void {
  const fn = core.registry.get(job.functionId);
  const trigger = fn?.cronTriggers.find((candidate) => subjectOf(fn, candidate) === job.subject);
  if (!fn || !trigger) return;
  const scheduledAt = new Date(job.score).toISOString().replace('.000Z', 'Z');
  const event = storeInternal(core, {
    name: 'inngest/scheduled.timer',
    id: scheduledAt,
    data: { cron: trigger.cron, scheduledAt, fireAt: new Date(job.at).toISOString().replace('.000Z', 'Z') },
  });
  startAlone(core, fn, event, { cron: trigger.cron });
  scheduleNext(core, fn, trigger, job.score);
}

function scheduleNext(core: Core, fn: FunctionConfig, trigger: CronTrigger, after = core.clock.now()): void {
  const scheduled = nextTick(trigger.cron, after);
  if (typeof scheduled === 'string') {
    core.log(`function "${fn.id}": the schedule "${trigger.cron}" is not valid: ${scheduled}`);
    return;
  }
  // The tick's own time is kept as the score: jitter moves only when it is done.
  const at = scheduled + Math.floor(core.random() * trigger.jitter);
  core.queue.addVolatile({
    kind: 'cron',
    functionId: fn.id,
    subject: subjectOf(fn, trigger),
    at,
    score: scheduled,
  });
}

/** When a schedule, with an optional `TZ=<zone> ` in front, ticks next after a time; or why it never does. */
function nextTick(cron: string, after: number): number | string {
  const [, zone = 'UTC', pattern = cron] = /^(?:CRON_)?TZ=(\S+)\s+(.+)$/.exec(cron) ?? [];
  try {
    const next = new Cron(pattern, { timezone: zone }).nextRun(new Date(after));
    return next?.getTime() ?? 'it never ticks';
  } catch (error) {
    return (error as Error).message;
  }
}

function subjectOf(fn: FunctionConfig, { cron, jitter }: CronTrigger): string {
  return `cron:${fn.id}:${jitter}:${cron}`;
}
