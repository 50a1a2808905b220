import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Local } from '../../dev/local-json.ts';
import { emulatedPorts, startEmulators } from '../../dev/parts/emulators.ts';
import { choosePorts } from '../../dev/ports.ts';
import { type Supervised, supervise } from './supervised.ts';

export type PartName = 'backend' | 'clerk' | 'inngest' | 'mongodb' | 'inbox';

export interface Parts {
  /** Where everything is. */
  at: Local;
  get(name: PartName): Supervised<unknown>;
  /** The folder with the data and the log of all parts. */
  folder: string;
  stop(): Promise<void>;
  /** Takes the folder away. */
  clear(): void;
}

/** Starts every part as a process of its own, with its data on disk, as `npm run dev` does. */
export async function startParts(): Promise<Parts> {
  process.env.NODE_COMPILE_CACHE ??= enableCompileCache().directory ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-chaos-'));
  const log = join(folder, 'log.txt');
  const ports = await choosePorts({ port: 0, parts: ['backend', ...emulatedPorts({})] });
  const api = `http://127.0.0.1:${ports.backend}`;
  const parts = new Map<string, Supervised<unknown>>();
  const start = <Ready>(options: Parameters<typeof supervise<Ready>>[0]): Supervised<Ready> => {
    const part = supervise<Ready>(options);
    parts.set(options.name, part);
    return part;
  };
  const onLine = (name: string) => (line: string) =>
    appendFileSync(log, `${new Date().toISOString()} ${name} ${line}\n`);

  const services = await startEmulators({
    environment: {},
    ports,
    api,
    dataFolder: folder,
    onInngestAgain() {},
    start: (options) => start({ ...options, onLine: onLine(options.name) }),
  });
  const backend = start({
    name: 'backend',
    program: new URL('backend.ts', import.meta.url),
    message: Promise.resolve({
      ...services.variables,
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: `${ports.backend}`,
      MAIL_FROM: 'Shop <shop@shop.example>',
      RATE_LIMIT_PER_MINUTE: '0',
      LOG_LEVEL: 'warn',
    }),
    ready: z.object({}),
    onLine: onLine('backend'),
  });
  await backend.ready;
  await fetch(`${api}/api/inngest`, { method: 'PUT' });

  return {
    at: { api, ...services.local },
    get(name) {
      const part = parts.get(name);
      if (part === undefined) throw new Error(`no part is called ${name}`);
      return part;
    },
    folder,
    async stop() {
      await backend.stop();
      await Promise.all([...parts.values()].map((part) => part.stop()));
    },
    clear: () => rmSync(folder, { recursive: true, force: true }),
  };
}
