import { createServer, type Server } from 'node:http';
import type { Messages } from './messages.ts';
import { listPage, messagePage, notFoundPage } from './page.ts';

/** A mail's HTML is a stranger's: no scripts, and nothing is fetched from anywhere. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

type Answer = { status: number; html: string } | { status: number; json: unknown } | { seeOther: string };

/**
 * The inbox in a browser, and for scripts: `GET /api/messages?to=` answers `{ items }`, the newest first;
 * `GET /api/messages/:id` one of them; `DELETE /api/messages` empties it.
 */
export function createInboxServer(messages: Messages): Server {
  return createServer((req, res) => {
    req.resume();
    const result = answer(messages, req.method ?? 'GET', URL.parse(req.url ?? '/', 'http://inbox'));
    if ('seeOther' in result) {
      res.writeHead(303, { ...HEADERS, Location: result.seeOther }).end();
    } else if ('html' in result) {
      res.writeHead(result.status, { ...HEADERS, 'Content-Type': 'text/html; charset=utf-8' });
      res.end(result.html);
    } else {
      res.writeHead(result.status, { ...HEADERS, 'Content-Type': 'application/json; charset=utf-8' });
      res.end(JSON.stringify(result.json));
    }
  });
}

function answer(messages: Messages, method: string, url: URL | null): Answer {
  const { pathname = '', searchParams } = url ?? {};
  const [, list, id = ''] = /^(\/|\/messages|\/api\/messages|\/clear)(?:\/([\w-]+))?$/.exec(pathname) ?? [];
  const one = id === '' ? undefined : messages.find(id);
  switch (`${method === 'HEAD' ? 'GET' : method} ${list}${id === '' ? '' : '/:id'}`) {
    case 'GET /':
      return { status: 200, html: listPage(messages.list()) };
    case 'GET /messages/:id':
      return one ? { status: 200, html: messagePage(one) } : { status: 404, html: notFoundPage() };
    case 'POST /clear':
      messages.clear();
      return { seeOther: '/' };
    case 'GET /api/messages':
      return { status: 200, json: { items: messages.list(searchParams?.get('to') ?? undefined) } };
    case 'GET /api/messages/:id':
      return one ? { status: 200, json: one } : { status: 404, json: { message: 'No such mail' } };
    case 'DELETE /api/messages':
      messages.clear();
      return { status: 200, json: { items: [] } };
    default:
      return { status: 404, html: notFoundPage() };
  }
}
