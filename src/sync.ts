import { createClerkClient } from '@clerk/backend';
import { connectDatabase } from './config/database.ts';
import { EnvError, parseEnv } from './config/env.ts';
import { createLog } from './config/log.ts';
import { createIdentity } from './identity/index.ts';
import { createInngest } from './identity/inngest-client.ts';
import { syncCommand } from './identity/sync-command.ts';
import { createMailer } from './mail/index.ts';
import { erasers } from './personal-data.ts';

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof EnvError ? error.message : explain(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const env = parseEnv(process.env);
  const log = createLog({ logLevel: 'warn' });
  const now = Date.now;
  const { apiUrl, publishableKey, secretKey } = env.clerk;
  const connection = await connectDatabase(env.mongodbUri);
  const mailer = createMailer({ env, log });
  try {
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
    return await syncCommand(process.argv.slice(2), {
      ...sync,
      now,
      write: (text) => void process.stdout.write(process.stderr.isTTY ? `\r\u001b[K${text}` : text),
      draw: process.stderr.isTTY ? (text) => void process.stderr.write(`\r\u001b[K${text}`) : undefined,
      isInterrupted: () => isInterrupted,
    });
  } finally {
    mailer.close();
    await connection.close();
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'The users could not be compared.';
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}.`;
}
