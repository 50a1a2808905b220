import { barChart } from './chart.ts';
import type { Round } from './contender.ts';
import type { Variant } from './variants.ts';

export interface Setting {
  rounds: number;
  seconds: number;
  connections: number;
  people: number;
  pinned: boolean;
  mongodb: 'server' | 'emulator';
  machine: string;
}

/** The results as Markdown: a table of medians, with the spread of the rounds. */
export function report(
  variants: readonly Variant[],
  results: ReadonlyMap<string, Round[]>,
  setting: Setting,
): string {
  const bare = results.get('bare') ?? [];
  const rows = variants.map(({ name, title, readsUser }) => {
    const rounds = results.get(name) ?? [];
    const ratios = toBare(rounds, bare);
    const cpu = rounds.map((round) => round.cpu);
    return [
      title,
      readsUser,
      `**${median(ratios).toFixed(2)}** (${quartiles(ratios)})`,
      Math.round(median(rounds.map(({ rate }) => rate))).toLocaleString('en'),
      `${Math.round(median(cpu))} (${Math.round(Math.min(...cpu))})`,
      Math.round(median(rounds.map(({ first }) => first))),
      median(rounds.map(({ p99 }) => p99)).toFixed(0),
    ];
  });
  const { rounds, seconds, connections, people, pinned, mongodb, machine } = setting;
  return [
    `${machine}; MongoDB: ${mongodb === 'server' ? 'a server' : 'the emulator, in a process of its own'}; ` +
      `${rounds} interleaved rounds of ${seconds} s, ${connections} connections, ${people} users; ` +
      `${pinned ? 'the server on one core, load and MongoDB on the others' : 'nothing pinned'}.`,
    '',
    '| | user read | ratio to bare (quartiles) | requests/s | CPU µs/request (least) | with a new token | p99 ms |',
    '|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

/** The same ratios as a picture (SVG). */
export function chart(variants: readonly Variant[], results: ReadonlyMap<string, Round[]>): string {
  const bare = results.get('bare') ?? [];
  const bars = variants.map(({ name, title, isOurs }) => ({
    label: title,
    share: median(toBare(results.get(name) ?? [], bare)),
    isOurs: isOurs === true,
  }));
  return barChart('Requests per second, beside the unguarded route', bars);
}

/** Each round beside the bare route in the same round: what disturbs the machine disturbs both. */
const toBare = (rounds: readonly Round[], bare: readonly Round[]) =>
  rounds.map(({ rate }, i) => rate / (bare[i]?.rate ?? Number.NaN));

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

const quartiles = (values: readonly number[]) =>
  `${quantile(values, 0.25).toFixed(2)}–${quantile(values, 0.75).toFixed(2)}`;

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return low + (high - low) * (at - Math.floor(at));
}
