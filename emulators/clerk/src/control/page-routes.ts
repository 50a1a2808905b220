import { readFile } from 'node:fs/promises';
import type { Changes } from '../changes.ts';
import { RawReply, type Route } from '../http/router.ts';

/** Changes closer together than this are told once, in milliseconds. */
const TELL_AT_MOST_EVERY_MS = 100;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'";

/** The page at `/`, and the stream by which it learns that something has changed. */
export function pageRoutes(changes: Changes): Route[] {
  return [
    file('/', 'index.html', 'text/html; charset=utf-8'),
    file('/_emulator/page.js', 'page.js', 'text/javascript; charset=utf-8'),
    file('/_emulator/page.css', 'page.css', 'text/css; charset=utf-8'),
    { method: 'GET', path: '/_emulator/changes', handler: () => changeStream(changes) },
  ];
}

function file(path: string, name: string, type: string): Route {
  return {
    method: 'GET',
    path,
    handler: async () => {
      const content = await readFile(new URL(`page/${name}`, import.meta.url));
      return new RawReply((response) => {
        response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY });
        response.end(content);
      });
    },
  };
}

/** Server-sent events without content: each says that something has changed. */
function changeStream(changes: Changes): RawReply {
  return new RawReply((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('data:\n\n');
    let pause: NodeJS.Timeout | undefined;
    const stop = changes.watch(() => {
      pause ??= setTimeout(() => {
        pause = undefined;
        response.write('data:\n\n');
      }, TELL_AT_MOST_EVERY_MS);
    });
    response.on('close', () => {
      clearTimeout(pause);
      stop();
    });
  });
}
