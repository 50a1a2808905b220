import { fileURLToPath } from 'node:url';
import { EmulatorError } from '@frontdesk/emulator-kit';
import { z } from 'zod';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { type Flags, parsePort } from './flags.ts';
import { type Local, localJsonPath, removeLocalJson, writeLocalJson } from './local-json.ts';
import { readableLog } from './log-line.ts';
import { emulatedPorts, startEmulators } from './parts/emulators.ts';
import { type Part, startPart } from './parts/part.ts';
import { type Watch, watchSources } from './parts/sources.ts';
import { choosePorts, DEFAULT_PORTS } from './ports.ts';
import { type Environment, isReplaced } from './replaced.ts';
import type { KnownPerson } from './seed/people.ts';

export interface StackOptions {
  flags: Flags;
  environment: Environment;
  /** Called for each line that a part writes, or that is said about one. */
  onLine(part: string, line: string): void;
}

export interface Running {
  local: Local;
  people: readonly KnownPerson[];
}

export interface Stack {
  /**
   * Everything is there and answers. Rejects with an EmulatorError where the person who started it can mend what is
   * wrong; what was started by then has to be stopped.
   */
  ready: Promise<Running>;
  /** Ends everything, the backend first, and takes local.json away: within 5 s. */
  stop(): Promise<void>;
}

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));

/** What the backend gets on a laptop unless the environment says otherwise. */
const DEFAULTS = { NODE_ENV: 'development', HOST: '127.0.0.1', RATE_LIMIT_PER_MINUTE: '0' };

/** Starts the emulators that no variable replaces, then the backend, which starts again whenever its sources change. */
export function startStack({ flags, environment, onLine }: StackOptions): Stack {
  const emulators: Part<unknown>[] = [];
  let backend: Part<unknown> | undefined;
  let data: DataFolder | undefined;
  let watch: Watch | undefined;
  let ending: Promise<void> | undefined;
  const say = (notice: string) => onLine('dev', notice);

  async function start(): Promise<Running> {
    refuseProduction(environment);
    data = openDataFolder(flags.data, flags);
    removeLocalJson(data.path);
    const port = flags.port ?? parsePort(environment.PORT || `${DEFAULT_PORTS.backend}`, 'PORT');
    const ports = await choosePorts({ port, parts: ['backend', ...emulatedPorts(environment)] });
    const api = `http://127.0.0.1:${ports.backend}`;
    const register = () => void registerFunctions(api).catch((error: Error) => say(error.message));

    // Loaded while the parts start, and they start side by side: most of a start is loading.
    const seeding = import('./seed/seed.ts');
    const services = startEmulators({
      environment,
      ports,
      api,
      dataFolder: data.path,
      onInngestAgain: register,
      start(options) {
        const part = startPart({ ...options, onLine: (line) => onLine(options.name, line), onNotice: say });
        emulators.push(part);
        return part;
      },
    });
    backend = startPart({
      name: 'backend',
      program: new URL('parts/backend.ts', import.meta.url),
      args: [localJsonPath(data.path)],
      message: services.then(({ variables }) => ({
        ...defaultsFor(environment),
        ...variables,
        PORT: `${ports.backend}`,
      })),
      ready: z.object({}),
      onLine: (line) => onLine('backend', readableLog(line)),
      onNotice: say,
      onReadyAgain: register,
    });
    const [{ local: addresses }] = await Promise.all([services, backend.ready]);
    if (!isReplaced('inngest', environment)) await registerFunctions(api);
    watch = watchSources(
      SOURCES,
      () => {
        say('src/ has changed: starting the backend again');
        backend?.restart();
      },
      (error) => say(`src/ is not watched any more (${error.message}): start again to see changes`),
    );
    const local = { api, ...addresses };
    const people = isReplaced('clerk', environment) ? [] : await (await seeding).seed(local);
    if (ending) throw new EmulatorError('stopped', 'It was stopped before it was ready.');
    writeLocalJson(data.path, local);
    return { local, people };
  }

  async function end(): Promise<void> {
    if (data) removeLocalJson(data.path);
    watch?.close();
    await backend?.stop();
    await Promise.all(emulators.map((part) => part.stop()));
    data?.close();
  }

  return {
    ready: start(),
    stop() {
      ending ??= end();
      return ending;
    },
  };
}

function refuseProduction({ NODE_ENV }: Environment): void {
  if (NODE_ENV !== 'production') return;
  throw new EmulatorError(
    'production',
    'NODE_ENV is production, and this is for development: unset it, or start the backend with npm run build && npm start',
  );
}

/** Tells Inngest about the backend's functions, so that no event passes before it knows them. */
async function registerFunctions(api: string): Promise<void> {
  const response = await fetch(`${api}/api/inngest`, { method: 'PUT' });
  if (!response.ok) throw new Error(`Inngest does not know the functions: ${await response.text()}`);
}

function defaultsFor(environment: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(DEFAULTS).filter(([name]) => !environment[name]));
}
