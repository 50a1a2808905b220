import type { Core } from '../engine/core.ts';
import type { Fault } from '../engine/faults.ts';
import { isObject } from '../protocol/json.ts';
import type { Sync } from '../registry/sync.ts';
import { parseDuration } from '../time/duration.ts';
import { jsonOf, problem, type Route } from './server.ts';

export interface Controls {
  idle(): Promise<void>;
  advance(ms: number): Promise<void>;
}

/** `/_emulator`: what a test in another process turns: the clock, the apps, the faults. */
export function emulatorRoutes(core: Core, sync: Sync, controls: Controls): Route[] {
  const clock = () => ({ now: new Date(core.clock.now()).toISOString(), offset: core.clock.offset() });
  return [
    { method: 'GET', path: '/_emulator/clock', handle: () => ({ status: 200, body: clock() }) },
    {
      method: 'POST',
      path: '/_emulator/clock/advance',
      async handle(request) {
        const body = jsonOf(request);
        const by = isObject(body) ? body.by : undefined;
        const ms = typeof by === 'string' ? parseDuration(by) : by;
        if (typeof ms !== 'number' || !Number.isFinite(ms) || ms < 0) {
          return problem(400, 'send {"by": "1h30m"}, or {"by": <milliseconds>}');
        }
        await controls.advance(ms);
        return { status: 200, body: clock() };
      },
    },
    { method: 'GET', path: '/_emulator/faults', handle: () => ({ status: 200, body: core.faults.list() }) },
    {
      method: 'POST',
      path: '/_emulator/faults',
      handle(request) {
        const fault = readFault(jsonOf(request));
        if (typeof fault === 'string') return problem(400, fault);
        core.faults.add(fault);
        return { status: 200, body: core.faults.list() };
      },
    },
    {
      method: 'DELETE',
      path: '/_emulator/faults',
      handle() {
        core.faults.clear();
        return { status: 200, body: [] };
      },
    },
    {
      method: 'POST',
      path: '/_emulator/idle',
      async handle() {
        await controls.idle();
        return { status: 200, body: { idle: true } };
      },
    },
    {
      method: 'POST',
      path: '/_emulator/apps',
      async handle(request) {
        const body = jsonOf(request);
        const url = isObject(body) ? body.url : undefined;
        if (typeof url !== 'string') return problem(400, 'send {"url": "http://…/api/inngest"}');
        try {
          return { status: 200, body: { functions: await sync.add(url) } };
        } catch (error) {
          return problem(400, (error as Error).message);
        }
      },
    },
  ];
}

const FAULTS = { events: ['refuse', 'lose', 'repeat', 'delay'], calls: ['refuse', 'lose'] };

/** A fault as it was sent, or how it should have been. */
function readFault(body: unknown): Fault | string {
  const { on, do: what, count = 1, by } = isObject(body) ? body : {};
  if ((on !== 'events' && on !== 'calls') || !FAULTS[on].includes(String(what))) {
    return `send {"on": "events", "do": ${FAULTS.events.join(' | ')}} or {"on": "calls", "do": ${FAULTS.calls.join(' | ')}}`;
  }
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1)
    return 'count must be a whole number from 1';
  const ms = typeof by === 'string' ? parseDuration(by) : by;
  if (what !== 'delay') return { on, do: what, count } as Fault;
  return typeof ms === 'number' && ms >= 0
    ? { on: 'events', do: 'delay', count, by: ms }
    : 'send by how long: {"by": "10s"}';
}
