import { styleText } from 'node:util';
import type { Check } from './finding.ts';

/** For machines: `{ ok, checks: [{ name, ok, message, cure }] }`. */
export function jsonReport(checks: readonly Check[]): string {
  return `${JSON.stringify({ ok: isWell(checks), checks }, null, 2)}\n`;
}

/** For people: a line for each check, and below each trouble its cure. */
export function textReport(checks: readonly Check[], { isColoured }: { isColoured: boolean }): string {
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2;
  const indent = ' '.repeat(width + 2);
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    isColoured ? styleText(style, text, { validateStream: false }) : text;
  const lines = checks.flatMap(({ name, ok, message, cure }) => {
    const mark = ok ? paint('green', '✓') : paint('red', '✗');
    const body = message.split('\n').join(`\n${indent}`);
    return [
      `${mark} ${name.padEnd(width)}${body}`,
      ...(cure === null ? [] : [`${indent}${paint('yellow', `→ ${cure}`)}`]),
    ];
  });
  const troubles = checks.filter(({ ok }) => !ok).length;
  const summary =
    troubles === 0
      ? 'Nothing is wrong.'
      : `${troubles} of ${checks.length} checks found trouble. Mend the first one first: the others may come from it.`;
  return `${lines.join('\n')}\n\n${summary}\n`;
}

export const isWell = (checks: readonly Check[]) => checks.every(({ ok }) => ok);
