import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Contender, type Round, startContender } from './contender.ts';
import { chart, report } from './report.ts';
import { VARIANTS } from './variants.ts';
import { createWorld } from './world.ts';

/** Requests until V8 has compiled what there is to compile. */
const WARM_UP = 4000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '32' },
    people: { type: 'string', default: '200' },
    only: { type: 'string' },
    chart: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const say = (text: string) => void process.stdout.write(text);

if (values.help) {
  say(`Compares what a guard costs. Usage: npm run bench -- [options]

  --rounds <n>       rounds, each with every variant in another order (9)
  --seconds <n>      of load for each variant and round (3)
  --connections <n>  at once (32)
  --people <n>       users, each with a token of their own (200)
  --chart <file>     also draws the ratios there (SVG)
  --only <names>     some of: ${VARIANTS.map(({ name }) => name).join(', ')}

MONGODB_URI: a MongoDB to read from; the database frontdesk_bench on it is dropped. Without it, the emulator.
`);
  process.exit();
}

const [rounds, seconds, connections, people] = [
  values.rounds,
  values.seconds,
  values.connections,
  values.people,
].map(Number) as [number, number, number, number];
const names = values.only?.split(',');
const variants = VARIANTS.filter(({ name }, i) => i === 0 || !names || names.includes(name));

if (variants.some(({ program }) => program.startsWith('rivals/'))) installRivals();
const pinned = pin();
const world = await createWorld(people);
const contenders: Contender[] = [];
try {
  for (const variant of variants) {
    contenders.push(await startContender(variant, world.environment, pinned));
  }
  const results = new Map<string, Round[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of shuffled(contenders)) {
      const tokens = await world.tokens();
      if (round === 0) {
        await contender.load(tokens, { requests: WARM_UP, connections });
      } else {
        results.get(contender.variant.name)?.push(await contender.load(tokens, { seconds, connections }));
      }
      say(round === 0 ? '·' : '.');
    }
  }
  const setting = {
    rounds,
    seconds,
    connections,
    people,
    pinned,
    mongodb: world.mongodb,
    machine: machine(),
  };
  say(`\n\n${report(variants, results, setting)}\n`);
  if (values.chart) writeFileSync(values.chart, chart(variants, results));
} finally {
  await Promise.all(contenders.map((contender) => contender.stop()));
  await world.stop();
}

/** What only this comparison needs is not among the project's own dependencies. */
function installRivals(): void {
  const folder = new URL('.', import.meta.url).pathname;
  if (existsSync(`${folder}node_modules/@clerk/fastify`)) return;
  say('Installing what Frontdesk is compared with (bench/package.json, 37 MB, once) …\n');
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
}

/** Keeps this process, and so the load and MongoDB, off the core that the servers get. */
function pin(): boolean {
  if (cpus().length < 2) return false;
  try {
    execFileSync('taskset', ['-a', '-cp', `1-${cpus().length - 1}`, String(process.pid)], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

function machine(): string {
  const all = cpus();
  return `${all[0]?.model.trim()}, ${all.length} cores, Node ${process.version}`;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
