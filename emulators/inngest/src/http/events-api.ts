import type { Core } from '../engine/core.ts';
import { receiveEvent } from '../engine/receive-events.ts';
import { checkEvent } from '../protocol/event.ts';
import { seededUlids } from '../time/ulid.ts';
import { jsonOf, type Request, type Response, type Route } from './server.ts';

/** Limits of the real server (inngest: pkg/consts/consts.go). */
const MAX_EVENTS = 5_000;
const MAX_EVENT = 3 * 1024 * 1024;

/** `POST /e/<key>`: takes one event or an array of them, and answers when they are on disk. */
export function eventRoutes(core: Core, eventKey: string | undefined): Route[] {
  return [
    // The page's own way, which needs no key.
    { method: 'POST', path: '/_emulator/events', handle: (request) => takeEvents(core, request) },
    {
      method: 'POST',
      path: '/e/:key',
      async handle(request) {
        if (eventKey !== undefined && request.params[0] !== eventKey)
          return refuse([], 'Event key not found', 401);
        return takeEvents(core, request);
      },
    },
  ];
}

async function takeEvents(core: Core, request: Request): Promise<Response> {
  const type = request.headers['content-type'] ?? '';
  if (/form/.test(type)) return refuse([], `content type ${type} is not supported: send JSON`);
  if (request.body.length === 0) return { status: 200, body: { ids: [''], status: 200 } };
  const parsed = jsonOf(request);
  if (parsed === undefined) return refuse([], 'the body is not JSON');
  const items = Array.isArray(parsed) ? parsed : [parsed];
  if (items.length === 0) return { status: 200, body: { ids: [''], status: 200 } };
  if (items.length > MAX_EVENTS) return refuse([], `at most ${MAX_EVENTS} events can be sent at once`);

  const header = request.headers['x-inngest-event-id-seed'];
  const seeded = seededUlids(typeof header === 'string' ? header : undefined);
  const isLarge = request.body.length > MAX_EVENT;
  const ids: string[] = [];
  let refused: string | undefined;
  for (const [index, item] of items.entries()) {
    const fields = checkEvent(item);
    // The events before a bad one are taken, as the real server does.
    if (typeof fields === 'string') refused = fields;
    else if (isLarge && Buffer.byteLength(JSON.stringify(item)) > MAX_EVENT)
      refused = 'event is larger than 3 MiB';
    if (typeof fields === 'string' || refused !== undefined) break;
    const fault = core.faults.nextEvent();
    if (fault?.do === 'refuse')
      return { status: 500, body: { error: 'refused by a fault switch', status: 500 } };
    const internalId = seeded?.(index + 1) ?? core.newId();
    if (fault?.do !== 'lose') {
      receiveEvent(core, fields, internalId, fault?.do === 'delay' ? fault.by : 0);
    }
    if (fault?.do === 'repeat') receiveEvent(core, fields, core.newId());
    ids.push(internalId);
  }
  await core.db.committed();
  return refused === undefined ? { status: 200, body: { ids, status: 200 } } : refuse(ids, refused);
}

function refuse(ids: string[], error: string, status = 400): Response {
  return { status, body: { ids: ids.length > 0 ? ids : [''], status, error } };
}
