#!/usr/bin/env node
import { EmulatorError, isMain, runCommandLine } from '@frontdesk/emulator-kit';
import { startInngestEmulator } from './emulator.ts';

const HELP = `
An Inngest server that runs offline, in the place of \`inngest dev\`.

Usage: frontdesk-inngest [options]

  -p, --port <number>      where it listens (default 8288; 0 for any free port)
      --host <host>        on which address (default 127.0.0.1)
  -u, --sdk-url <url>      an app's Inngest endpoint, such as http://localhost:3000/api/inngest; may be repeated
      --data-dir <folder>  keeps events and runs there; without it they are gone when the program ends
      --signing-key <key>  signs its calls and asks for the key, as Inngest Cloud does
      --event-key <key>    takes events with this key only
  -h, --help               prints this
`;

if (isMain(import.meta.url)) {
  await runCommandLine({
    help: HELP,
    options: {
      port: { type: 'string', short: 'p', default: '8288' },
      host: { type: 'string', default: '127.0.0.1' },
      'sdk-url': { type: 'string', short: 'u', multiple: true, default: [] },
      'data-dir': { type: 'string' },
      'signing-key': { type: 'string' },
      'event-key': { type: 'string' },
    },
    async start(flags) {
      const inngest = await startInngestEmulator({
        port: readPort(flags.port),
        host: flags.host,
        apps: flags['sdk-url'],
        ...(flags['data-dir'] === undefined ? {} : { dataDir: flags['data-dir'] }),
        ...(flags['signing-key'] === undefined ? {} : { signingKey: flags['signing-key'] }),
        ...(flags['event-key'] === undefined ? {} : { eventKey: flags['event-key'] }),
        log: (line) => void process.stderr.write(`${line}\n`),
      });
      const lines = [`Inngest emulator: ${inngest.url}`, ...flags['sdk-url'].map((url) => `  app: ${url}`)];
      return { lines, ready: { url: inngest.url }, stop: inngest.stop };
    },
  });
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new EmulatorError('bad_port', `--port must be a number from 0 to 65535, not "${text}"`);
  }
  return port;
}
