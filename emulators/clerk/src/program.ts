import { EmulatorError, runCommandLine } from '@frontdesk/emulator-kit';
import { startClerkEmulator } from './emulator.ts';

const DEFAULT_PORT = 4000;

const help = `
Usage: frontdesk-clerk [--port 4000] [--host 127.0.0.1] [--webhook-url <url>] [--data-dir <folder>]

A Clerk that runs offline: the Backend API, session tokens and signed webhooks, for the official SDKs.

  --port <number>       where to listen; 0 takes any free port (default ${DEFAULT_PORT})
  --host <address>      on which address to listen (default 127.0.0.1)
  --webhook-url <url>   where webhooks go, such as http://127.0.0.1:3000/api/webhooks/clerk
  --data-dir <folder>   where users, sessions, keys and pending webhooks are kept; in memory without one
  -h, --help            this text
`;

function readPort(text = String(DEFAULT_PORT)): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new EmulatorError('port_invalid', `--port ${text} is no port: give a number from 0 to 65535`);
}

/** Runs the emulator by the flags of this process. */
export function runProgram(): Promise<void> {
  return runCommandLine({
    help,
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      'webhook-url': { type: 'string' },
      'data-dir': { type: 'string' },
    },
    async start(flags) {
      const clerk = await startClerkEmulator({
        port: readPort(flags.port),
        host: flags.host,
        webhookUrl: flags['webhook-url'],
        dataDir: flags['data-dir'],
      });
      const { apiUrl, publishableKey, secretKey, jwtKey, webhookSecret } = clerk;
      return {
        lines: [
          `Clerk emulator on ${apiUrl} (open it in a browser to sign in as somebody)`,
          '',
          `CLERK_API_URL=${apiUrl}`,
          `CLERK_PUBLISHABLE_KEY=${publishableKey}`,
          `CLERK_SECRET_KEY=${secretKey}`,
          `CLERK_WEBHOOK_SECRET=${webhookSecret}`,
          `CLERK_JWT_KEY="${jwtKey.trim().replaceAll('\n', '')}"`,
        ],
        ready: { apiUrl, publishableKey, secretKey, jwtKey, webhookSecret },
        stop: clerk.stop,
      };
    },
  });
}
