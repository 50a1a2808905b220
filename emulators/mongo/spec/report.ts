export type Outcome = 'pass' | 'fail' | 'skip';
export type Report = (test: string, outcome: Outcome, why?: string) => void;

/** A JSON object of a test file; what is in it is looked at where it is used. */
export interface Json {
  [field: string]: unknown;
}

/** One operation of a test, in the newer or the older format. */
export interface Operation {
  name: string;
  object: string;
  arguments?: Json;
  expectError?: Json;
  expectResult?: unknown;
  ignoreResultAndError?: boolean;
  saveResultAsEntity?: string;
  collectionOptions?: Json;
  error?: boolean;
  result?: unknown;
}

export interface SpecTest extends Json {
  description: string;
  skipReason?: string;
  operations?: Operation[];
  operation?: Operation;
}
export interface SpecFile extends Json {
  schemaVersion?: string;
  tests?: SpecTest[];
}

/** A test that asks for something that this runner or server does not have. */
export class Skip extends Error {}

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);

/** Runs one test within a time limit and reports how it went. */
export async function attempt(report: Report, name: string, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out after 20 s')), 20_000);
  });
  try {
    await Promise.race([work(), late]);
    report(name, 'pass');
  } catch (error) {
    report(
      name,
      error instanceof Skip ? 'skip' : 'fail',
      error instanceof Error ? error.message : String(error),
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Whether any of a file's or test's requirements is met by a replica set of this version. */
export function meets(requirements: unknown, version: string): boolean {
  const list = listOf<Json>(requirements);
  if (list.length === 0) return true;
  return list.some((one) => {
    const topologies = listOf<string>(one['topologies'] ?? one['topology']);
    if (topologies.length > 0 && !topologies.includes('replicaset')) return false;
    if (one['auth'] === true || one['serverless'] === 'require' || one['serverParameters'] || one['csfle'])
      return false;
    const [least, most] = [one['minServerVersion'], one['maxServerVersion']];
    return (
      (typeof least !== 'string' || order(least, version) <= 0) &&
      (typeof most !== 'string' || order(most, version) >= 0)
    );
  });
}

function order(a: string, b: string): number {
  const [x, y] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let at = 0; at < 3; at++) if ((x[at] ?? 0) !== (y[at] ?? 0)) return (x[at] ?? 0) - (y[at] ?? 0);
  return 0;
}

export function tally() {
  const groups = new Map<string, Record<Outcome, number>>();
  const failures: string[] = [];
  const reasons = new Map<string, number>();
  return {
    add(group: string, name: string, outcome: Outcome, why = '') {
      const counts = groups.get(group) ?? { pass: 0, fail: 0, skip: 0 };
      counts[outcome]++;
      groups.set(group, counts);
      if (outcome === 'fail') failures.push(`FAIL ${name}\n     ${why.slice(0, 300)}`);
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
