import { createClerkClient } from '@clerk/backend';
import { connectDatabase } from './config/database.ts';
import { loadDotEnv } from './config/dot-env.ts';
import { EnvError, parseEnv } from './config/env.ts';
import { createLog } from './config/log.ts';
import { createIdentity } from './identity/index.ts';
import { createInngest } from './identity/inngest-client.ts';
import { type SyncCommandParts, syncCommand } from './identity/sync-command.ts';
import { createMailer } from './mail/index.ts';
import { erasers } from './personal-data.ts';

const isWatched = process.stderr.isTTY;
const CLEAR_LINE = '\r\u001b[K';
const closers: (() => Promise<void> | void)[] = [];

try {
  process.exitCode = await syncCommand(process.argv.slice(2), write, open);
} catch (error) {
  process.stderr.write(`${error instanceof EnvError ? error.message : explain(error)}\n`);
  process.exitCode = 1;
} finally {
  for (const close of closers) await close();
}

function write(text: string): void {
  if (isWatched) process.stderr.write(CLEAR_LINE);
  process.stdout.write(text);
}

async function open(): Promise<SyncCommandParts> {
  loadDotEnv();
  const env = parseEnv(process.env);
  const log = createLog({ logLevel: 'warn' });
  const now = Date.now;
  const { apiUrl, publishableKey, secretKey } = env.clerk;
  const connection = await connectDatabase(env.mongodbUri);
  closers.push(() => connection.close());
  const mailer = createMailer({ env, log });
  closers.push(() => mailer.close());
  const { sync } = createIdentity({
    connection,
    clerk: createClerkClient({ publishableKey, secretKey, apiUrl, telemetry: { disabled: true } }),
    inngest: createInngest({ env, log }),
    mailer,
    env,
    now,
    log,
    erasers: erasers(connection),
  });
  let isInterrupted = false;
  process.once('SIGINT', () => {
    isInterrupted = true;
  });
  return {
    ...sync,
    now,
    draw: isWatched ? (text) => void process.stderr.write(`${CLEAR_LINE}${text}`) : undefined,
    isInterrupted: () => isInterrupted,
  };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'The users could not be compared.';
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}.`;
}
