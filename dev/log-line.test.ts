import { pino } from 'pino';
import { expect, test } from 'vitest';
import { readableLog } from './log-line.ts';

/** What the logger writes for one call. */
function logged(write: (log: ReturnType<typeof pino>) => void): string {
  const lines: string[] = [];
  write(pino({ level: 'debug' }, { write: (text: string) => void lines.push(text) }));
  return readableLog(lines.join('').trim());
}

test('a request is status, method, path and time; anything else its message and values', () => {
  const request = {
    req: { id: 'r1', method: 'GET', path: '/api/products' },
    res: { status: 200 },
    responseTime: 3,
  };
  expect(logged((log) => log.info(request, 'request completed'))).toBe('200 GET /api/products 3 ms');
  expect(logged((log) => log.info({ url: 'http://x', n: 2 }, 'listening'))).toBe(
    'listening url=http://x n=2',
  );
});

test('a warning and an error say so, an error with its stack', () => {
  expect(logged((log) => log.warn('slow'))).toBe('WARN slow');
  expect(logged((log) => log.error({ err: new Error('broken') }, 'failed'))).toMatch(
    /^ERROR failed \nError: broken\n {4}at /,
  );
});

test('what is no log line stays as it is', () => {
  for (const text of ['Frontdesk cannot start', '{ broken', '{"level":"info"}']) {
    expect(readableLog(text)).toBe(text);
  }
});
