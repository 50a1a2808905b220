import type { AddressInfo, ListenOptions, Server } from 'node:net';
import { EmulatorError } from './errors.ts';

export interface Listening {
  port: number;
  /** `host:port` as a client writes it, an IPv6 host in brackets. */
  address: string;
}

/**
 * Makes a server listen; port 0 takes any free one.
 *
 * @throws EmulatorError `port_in_use` or `cannot_listen`, with what to do about it
 */
export function listen(
  server: Server,
  { port = 0, host = '127.0.0.1', ...rest }: ListenOptions,
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => {
      server.off('listening', accept);
      reject(refusal(cause, host, port));
    };
    const accept = () => {
      server.off('error', refuse);
      const at = server.address() as AddressInfo;
      resolve({ port: at.port, address: `${host.includes(':') ? `[${host}]` : host}:${at.port}` });
    };
    server
      .once('error', refuse)
      .once('listening', accept)
      .listen({ port, host, ...rest });
  });
}

function refusal(cause: NodeJS.ErrnoException, host: string, port: number): EmulatorError {
  if (cause.code === 'EADDRINUSE') {
    return new EmulatorError(
      'port_in_use',
      `port ${port} on ${host} is in use: stop the process that has it, or choose another port (0 for any free one)`,
      { cause },
    );
  }
  return new EmulatorError('cannot_listen', `cannot listen on ${host}:${port}: ${cause.message}`, { cause });
}
