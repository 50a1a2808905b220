import { createServer } from 'node:net';
import { EmulatorError } from '@frontdesk/emulator-kit';

export type PortName = 'backend' | 'clerk' | 'inngest' | 'mongodb' | 'smtp' | 'inbox';

/** The ports that each part has by itself, so that addresses stay the same from one day to the next. */
export const DEFAULT_PORTS: Readonly<Record<PortName, number>> = {
  backend: 3000,
  clerk: 4000,
  inngest: 8288,
  mongodb: 27_017,
  smtp: 1025,
  inbox: 8025,
};

/** Below what operating systems hand out to outgoing connections, so that a free port stays free until it is taken. */
const FREE_FROM = 10_000;
const FREE_TO = 32_000;

export interface PortWishes {
  /** The backend's; 0: any free port for every part. */
  port: number;
  /** The parts that are started. */
  parts: readonly PortName[];
}

/**
 * Decides every port before anything starts: parts are told each other's addresses, and a part that is started again
 * must be found where it was.
 *
 * @throws EmulatorError `port_in_use`, naming each port that is taken, and the cure
 */
export async function choosePorts({ port, parts }: PortWishes): Promise<Record<PortName, number>> {
  const ports = { ...DEFAULT_PORTS, backend: port };
  if (port === 0) {
    for (const part of parts) ports[part] = await freePort(Object.values(ports));
    return ports;
  }
  const taken: string[] = [];
  for (const part of parts) if (!(await isFree(ports[part]))) taken.push(`${ports[part]} (${part})`);
  if (taken.length > 0) {
    throw new EmulatorError(
      'port_in_use',
      `Port ${taken.join(', ')} on 127.0.0.1 is in use: stop what has it, or take any free ports with\n  npm run dev -- --port 0`,
    );
  }
  return ports;
}

async function freePort(except: readonly number[]): Promise<number> {
  for (;;) {
    const port = FREE_FROM + Math.floor(Math.random() * (FREE_TO - FREE_FROM));
    if (!except.includes(port) && (await isFree(port))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
