import { parseArgs } from 'node:util';
import { type ClerkClient, createClerkClient } from '@clerk/backend';
import { DEFAULT_DATA, UsageError } from './flags.ts';
import { readLocalJson } from './local-json.ts';
import { PEOPLE } from './seed/people.ts';
import { sessionToken } from './session-token.ts';

const HELP = `Prints a session token, ready for curl. It lives 60 seconds, as Clerk's do.

  npm run -s token -- WHO [--data DIR]

  WHO          ${PEOPLE.map(({ called }) => called).join(', ')}, an e-mail address, or a user's id (user_…)
  --data DIR   the data folder of the npm run dev that is asked (default: ${DEFAULT_DATA})`;

/** What the person can mend; its message says how. */
class TokenError extends Error {}

try {
  process.stdout.write(`${await token(process.argv.slice(2))}\n`);
} catch (error) {
  if (error instanceof UsageError) end(2, `${error.message}\n\n${HELP}`);
  if (error instanceof TokenError) end(1, error.message);
  throw error;
}

async function token(args: string[]): Promise<string> {
  const { who, data } = readArgs(args);
  const stopped = `Frontdesk does not run on ${data}: start it with npm run dev, or name its folder with --data`;
  const local = readLocalJson(data);
  if (local === undefined) throw new TokenError(stopped);
  const { secretKey, publishableKey, apiUrl } = local.clerk;
  const clerk = createClerkClient({ secretKey, publishableKey, apiUrl, telemetry: { disabled: true } });
  try {
    return await sessionToken(clerk, await userId(clerk, who));
  } catch (error) {
    if (error instanceof TokenError) throw error;
    if (isUnreachable(error)) throw new TokenError(stopped, { cause: error });
    throw new TokenError(`Clerk refuses: ${(error as Error).message}`, { cause: error });
  }
}

async function userId(clerk: ClerkClient, who: string): Promise<string> {
  if (who.startsWith('user_')) {
    const { data } = await clerk.users.getUserList({ userId: [who], limit: 1 });
    if (data[0] === undefined) throw new TokenError(`There is no user ${who}.`);
    return who;
  }
  const email = PEOPLE.find(({ called }) => called === who)?.email ?? who;
  const { data } = await clerk.users.getUserList({ emailAddress: [email], limit: 1 });
  if (data[0] === undefined) throw new TokenError(`There is no user with the e-mail address ${email}.`);
  return data[0].id;
}

function readArgs(args: string[]): { who: string; data: string } {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    process.exit(0);
  }
  const [who, ...rest] = positionals;
  if (who === undefined || rest.length > 0) throw new UsageError('Say whose token: one name, address or id');
  if (!who.includes('@') && !who.startsWith('user_') && !PEOPLE.some(({ called }) => called === who)) {
    throw new UsageError(`${JSON.stringify(who)} is neither a name, an e-mail address nor a user's id`);
  }
  return { who, data: values.data };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { data: { type: 'string', default: DEFAULT_DATA }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function isUnreachable(error: unknown): boolean {
  const status = (error as { status?: number }).status;
  return status === undefined || (error as { code?: string }).code === 'ECONNREFUSED';
}

function end(code: number, message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
