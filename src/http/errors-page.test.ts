import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorsPage } from './errors-page.ts';

test('docs/errors.md says what the registry says', () => {
  expect(readFileSync('docs/errors.md', 'utf8')).toBe(errorsPage());
});
