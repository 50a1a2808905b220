import { realServer } from '../test/real-server.ts';
import { startEmulator, startReal } from './contenders.ts';
import { burst, type Contender, lossAfterKill, quietLatency, startBenchApp } from './measure.ts';

/** Compares the emulator with the real server, one after the other on the same machine: `npm run bench`. */
const EVENTS = Number(process.env.EVENTS ?? 1000);
const QUIET = 60;
const KILLED = 500;

const program = realServer();
const contenders: (() => Promise<Contender>)[] = [() => startEmulator()];
if (program === undefined)
  process.stdout.write('The real server is not at ../shared/servers/inngest: the emulator alone.\n\n');
else {
  contenders.push(() => startReal(program, '`inngest dev --persist`', ['--persist']));
  contenders.push(() => startReal(program, '`inngest dev`, in memory', []));
}

const print = (cells: readonly string[]) => void process.stdout.write(`| ${cells.join(' | ')} |\n`);
const head = [
  '',
  'events/s',
  'accepted/s',
  'a quiet event, p50 / p99',
  'its CPU per event',
  "the app's CPU per event",
];
print([...head, 'memory', 'done after kill -9']);
print(Array.from({ length: 8 }, () => '---'));
for (const start of contenders) {
  const server = await start();
  const app = await startBenchApp(server.url);
  const latency = await quietLatency(server, app, QUIET);
  const load = await burst(server, app, QUIET, EVENTS);
  app.stop();
  await server.kill();

  const loss = await lossAfterKill(await start(), KILLED);
  await loss.server.kill();
  print([
    server.name,
    `${load.done}`,
    `${load.accepted}`,
    `${latency.median} / ${latency.p99} ms`,
    `${load.serverCpu.toFixed(1)} ms`,
    `${load.appCpu.toFixed(1)} ms`,
    `${load.memory} MB`,
    `${loss.done} of ${KILLED}`,
  ]);
}
process.exit(0);
