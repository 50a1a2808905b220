import { enableCompileCache } from 'node:module';
import { EmulatorError } from '@frontdesk/emulator-kit';
import { type Flags, HELP, parseFlags, UsageError } from './flags.ts';
import { type Stack, startStack } from './stack.ts';
import { table } from './table.ts';

const NAME_WIDTH = 'backend'.length;

// The parts inherit it: what one start has compiled, the next need not.
process.env.NODE_COMPILE_CACHE ??= enableCompileCache().directory ?? '';

const flags = readFlags(process.argv.slice(2));
loadDotEnv();
/** What is said before all is ready: of interest only where it does not come to that, but for warnings. */
let untilReady: string[] | undefined = [];
const stack = startStack({
  flags,
  environment: process.env,
  onLine(part, line) {
    const text = `${part.padEnd(NAME_WIDTH)} | ${line}`;
    if (untilReady) untilReady.push(text);
    else print(text);
  },
});
let isStopping = false;
stopOnSignals(stack);
try {
  const running = await stack.ready;
  const warnings = untilReady.filter((line) => /\| (WARN|ERROR) /.test(line));
  untilReady = undefined;
  print(
    [
      '',
      table({ ...running, flags, environment: process.env, startedInMs: performance.now() }),
      '',
      ...warnings,
    ].join('\n'),
  );
} catch (error) {
  // Stopped while it started: what fails then is no news.
  if (!isStopping) await fail(error);
}

async function fail(error: unknown): Promise<never> {
  process.stderr.write(untilReady?.map((line) => `${line}\n`).join('') ?? '');
  await stack.stop();
  if (error instanceof UsageError) refuse(error);
  if (!(error instanceof EmulatorError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

/** A second signal changes nothing: npm passes Ctrl-C on beside the terminal, and stopping has an end of its own. */
function stopOnSignals({ stop }: Stack): void {
  const end = () => {
    if (isStopping) return;
    isStopping = true;
    void stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  // An npm that is killed outright passes nothing on.
  const { ppid } = process;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== ppid && end(), 500).unref();
  // Whoever read the output has gone.
  process.stdout.on('error', end);
}

function readFlags(args: string[]): Flags {
  try {
    const read = parseFlags(args);
    if (read !== 'help') return read;
    print(HELP);
    process.exit(0);
  } catch (error) {
    if (error instanceof UsageError) refuse(error);
    throw error;
  }
}

function refuse({ message }: UsageError): never {
  process.stderr.write(`${message}\n\n${HELP}\n`);
  process.exit(2);
}

/** As the backend reads it: what the environment itself says wins. */
function loadDotEnv(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
