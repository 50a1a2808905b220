import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Where `npm run dev` says where everything is: `DIR/local.json`, there only while it runs. */
const localJson = z.object({
  api: z.string(),
  clerk: z.object({
    apiUrl: z.string(),
    secretKey: z.string(),
    publishableKey: z.string(),
    jwtKey: z.string(),
    webhookSecret: z.string(),
  }),
  mongodb: z.string(),
  inngest: z.string(),
  mail: z.object({ smtp: z.string() }),
});

export interface LocalEnvironment {
  environment: Record<string, string>;
  api: string;
}

/** Variables of which none is set where nobody has set anything up. */
const TELLING = ['CLERK_PUBLISHABLE_KEY', 'CLERK_SECRET_KEY', 'CLERK_WEBHOOK_SECRET', 'MONGODB_URI'];

export const isUnset = (environment: Record<string, string | undefined>) =>
  TELLING.every((name) => !environment[name]);

/**
 * The environment of the `npm run dev` that runs on a folder.
 *
 * @returns undefined where none runs there
 * @throws Error where the file is there and cannot be read
 */
export function localEnvironment(folder: string): LocalEnvironment | undefined {
  const path = join(folder, 'local.json');
  let local: z.output<typeof localJson>;
  try {
    local = localJson.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${path} cannot be read: stop \`npm run dev\`, and start it again.`, { cause });
  }
  const { clerk } = local;
  return {
    api: local.api,
    environment: {
      NODE_ENV: 'development',
      CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_WEBHOOK_SECRET: clerk.webhookSecret,
      CLERK_JWT_KEY: clerk.jwtKey,
      CLERK_API_URL: clerk.apiUrl,
      MONGODB_URI: local.mongodb,
      INNGEST_DEV: local.inngest,
      SMTP_URL: local.mail.smtp,
    },
  };
}
