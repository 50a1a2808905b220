#!/usr/bin/env node
import { isMain, runCommandLine } from '@frontdesk/emulator-kit';
import { startMongoEmulator } from './emulator.ts';

const help = `
A MongoDB for development and tests: the wire protocol, without MongoDB. Never for production.

Usage: frontdesk-mongo [options]

  --port <number>      where to listen (27017; 0 for any free port)
  --host <name>        the address to listen on (127.0.0.1)
  --socket <path>      a unix socket to listen on instead
  --data-dir <folder>  keep the data there; without it all is gone when the program ends
  --help               show this
`;

if (isMain(import.meta.url)) {
  await runCommandLine({
    help,
    options: {
      port: { type: 'string', default: '27017' },
      host: { type: 'string' },
      socket: { type: 'string' },
      'data-dir': { type: 'string' },
    },
    async start({ port, host, socket, 'data-dir': dataDir }) {
      const { uri, stop } = await startMongoEmulator({
        port: Number(port),
        host,
        socketPath: socket,
        dataDir,
      });
      return {
        lines: [
          `MongoDB emulator at ${uri}`,
          dataDir === undefined ? 'data in memory' : `data in ${dataDir}`,
        ],
        ready: { uri },
        stop,
      };
    },
  });
}
