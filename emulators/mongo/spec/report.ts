export type Outcome = 'pass' | 'fail' | 'skip';
export type Report = (test: string, outcome: Outcome, why?: string) => void;

/** What of a test file is read, in any of the formats. */
export type Json = { [field: string]: JsonValue };
// biome-ignore lint/suspicious/noExplicitAny: the formats are JSON documents of many shapes, checked as they are run
export type JsonValue = any;
export interface SpecFile extends Json {
  schemaVersion?: string;
  tests?: Json[];
}

/** A test that asks for something that this runner or server does not have. */
export class Skip extends Error {}

export function tally() {
  const groups = new Map<string, Record<Outcome, number>>();
  const failures: string[] = [];
  const reasons = new Map<string, number>();
  return {
    add(group: string, name: string, outcome: Outcome, why = '') {
      const counts = groups.get(group) ?? { pass: 0, fail: 0, skip: 0 };
      counts[outcome]++;
      groups.set(group, counts);
      if (outcome === 'fail') failures.push(`${name}\n    ${why.slice(0, 300)}`);
      if (outcome === 'skip') reasons.set(why, (reasons.get(why) ?? 0) + 1);
    },
    table(): string {
      const lines = ['| group | pass | fail | skipped |', '| --- | --- | --- | --- |'];
      for (const [group, { pass, fail, skip }] of groups)
        lines.push(`| ${group} | ${pass} | ${fail} | ${skip} |`);
      const skipped = [...reasons].sort((a, b) => b[1] - a[1]).map(([why, count]) => `${count} × ${why}`);
      return [...failures, '', ...lines, '', 'skipped:', ...skipped].join('\n');
    },
  };
}
