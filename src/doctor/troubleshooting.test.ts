import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERRORS } from '../http/errors.ts';

const guide = readFileSync('docs/guides/troubleshooting.md', 'utf8');

/** The sections under their headings. */
const sections = new Map(
  guide
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return [heading, lines.join('\n')];
    }),
);

test('every message that a caller can see has its section, which names the code', () => {
  const missing = Object.entries(ERRORS)
    .filter(([code, { status, message }]) => !sections.get(`${status} ${message}`)?.includes(`\`${code}\``))
    .map(([code]) => code);
  expect(missing).toEqual([]);
});

test('no section is about a message that nobody sees any more', () => {
  const known = new Set(Object.values(ERRORS).map(({ status, message }) => `${status} ${message}`));
  const stale = [...sections.keys()].filter((heading) => /^\d{3} /.test(heading) && !known.has(heading));
  expect(stale).toEqual([]);
});
