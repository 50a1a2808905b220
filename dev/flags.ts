import { parseArgs } from 'node:util';

export interface Flags {
  /** The folder that holds the state. */
  data: string;
  /** Whether to throw the state away first. */
  fresh: boolean;
  /** The backend's port; 0: any free one, for every part. Undefined: `PORT`, or the default. */
  port: number | undefined;
}

export const DEFAULT_DATA = '.frontdesk';

export const HELP = `Starts Frontdesk on this machine: the backend, and an emulator of Clerk, MongoDB and Inngest and a mail inbox each,
unless a variable of the environment or of .env replaces it.

  npm run dev -- [options]

  --port N     the backend's port (default: PORT, or 3000); 0: any free port, for every part
  --data DIR   where the state is kept (default: ${DEFAULT_DATA})
  --fresh      begin anew: throw away what is in the data folder
  --help       this text

Replaced by: CLERK_SECRET_KEY (and the other CLERK_ keys), MONGODB_URI, INNGEST_DEV or the Inngest keys,
SMTP_URL or RESEND_API_KEY. A session token for curl: npm run -s token -- admin`;

/** A command line that cannot be used; its message says why. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseFlags(args: readonly string[]): Flags | 'help' {
  const { port, data, fresh, help } = read(args);
  if (help) return 'help';
  if (data === '') throw new UsageError('--data needs a folder');
  return { data, fresh, port: port === undefined ? undefined : parsePort(port, '--port') };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        data: { type: 'string', default: DEFAULT_DATA },
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/**
 * @param name where the text comes from, for the message
 * @throws UsageError
 */
export function parsePort(text: string, name: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535))
    throw new UsageError(`${name} needs a number from 0 to 65535, not ${JSON.stringify(text)}`);
  return port;
}
