import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMongoEmulator } from '../src/index.ts';

/**
 * Runs Mongoose's own tests against the emulator and prints how many pass, and why the others fail.
 * Usage: `node spec/run-mongoose-suite.ts <checkout of Mongoose, with its dependencies installed>`.
 */
const [checkout] = process.argv.slice(2);
if (!checkout) {
  process.stderr.write('usage: node spec/run-mongoose-suite.ts <checkout of Mongoose>\n');
  process.exit(2);
}
interface MochaReport {
  stats: { tests: number; passes: number; failures: number; pending: number; duration: number };
  failures: { fullTitle: string; err: { message?: string } }[];
}

const mongo = await startMongoEmulator();
const host = new URL(mongo.uri).host;
const output = join(mkdtempSync(join(tmpdir(), 'mongoose-suite-')), 'report.json');
const ignored = ['test/encryption/**', 'test/docs/**', 'test/isolated/**', 'test/helpers/**/*.mjs'].flatMap(
  (pattern) => ['--ignore', pattern],
);
const options = [
  '--reporter',
  'json',
  '--reporter-option',
  `output=${output}`,
  '--timeout',
  '10000',
  '--exit',
];
const mocha = spawn('npx', ['mocha', ...options, ...ignored, './test/**/*.test.js'], {
  cwd: checkout,
  stdio: 'ignore',
  env: {
    ...process.env,
    MONGOOSE_TEST_URI: `mongodb://${host}/mongoose_test`,
    MONGOOSE_REPLSET_URI: `mongodb://${host}/mongoose_test_replica?replicaSet=rs0`,
  },
});
await once(mocha, 'exit');
await mongo.stop();

const { stats, failures } = JSON.parse(readFileSync(output, 'utf8')) as MochaReport;
const reasons = new Map<string, string[]>();
for (const { fullTitle, err } of failures) {
  const reason = (err.message ?? '').split('\n')[0]?.slice(0, 100) ?? '';
  reasons.set(reason, [...(reasons.get(reason) ?? []), fullTitle]);
}
const { tests, passes, pending, duration } = stats;
const lines = [
  `${passes} of ${tests} pass, ${failures.length} fail, ${pending} are pending; ${Math.round(duration / 1000)} s`,
];
for (const [reason, titles] of [...reasons].sort((a, b) => b[1].length - a[1].length)) {
  lines.push(
    `${titles.length} × ${reason}`,
    ...(titles.length < 4 ? titles.map((title) => `     ${title}`) : []),
  );
}
process.stdout.write(`${lines.join('\n')}\n`);
