import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BSON, MongoClient } from 'mongodb';
import { startMongoEmulator } from '../src/index.ts';
import { runLegacyCrud, runLegacyTransactions } from './legacy.ts';
import { type Report, type SpecFile, tally } from './report.ts';
import { runUnified } from './unified.ts';

/**
 * Runs the JSON tests of MongoDB's driver specifications from where they lie, through the official driver, and prints
 * which pass. Usage: `node spec/run-driver-specs.ts <folder with json files> [part of a path]`.
 * Where MONGODB_TEST_URI names a server, they run against that one.
 */
const [root, only = ''] = process.argv.slice(2);
if (!root) {
  process.stderr.write('usage: node spec/run-driver-specs.ts <folder with json files> [part of a path]\n');
  process.exit(2);
}
const given = process.env['MONGODB_TEST_URI'];
const emulator = given ? undefined : await startMongoEmulator();
const uri = given ?? emulator?.uri ?? '';
const probe = await new MongoClient(uri).connect();
const { version } = await probe.db('admin').command({ buildInfo: 1 });
await probe.close();

function* jsonFiles(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) {
    if (path.endsWith('.json') && path.includes(only)) yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) yield* jsonFiles(join(path, name));
}

// What a driver does after a test was given up must not end the run.
process.on('unhandledRejection', () => {});

const results = tally();
for (const path of jsonFiles(root)) {
  const file = relative(root, path);
  const [group = file] = file.split('/');
  const report: Report = (name, outcome, why) => results.add(group, `${file}: ${name}`, outcome, why);
  const spec = BSON.EJSON.parse(readFileSync(path, 'utf8'), { relaxed: true }) as SpecFile;
  if (spec.schemaVersion) await runUnified(spec, uri, version, report);
  else if (spec.tests?.[0]?.operation) await runLegacyCrud(spec, uri, version, report);
  else if (spec.tests?.[0]?.operations && spec.database_name && !spec.bucket_name)
    await runLegacyTransactions(spec, uri, version, report);
  else report('', 'skip', 'another format');
}
process.stdout.write(`${results.table()}\n`);
await emulator?.stop();
process.exit(0);
