import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.object({
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
  mail: z.object({ smtp: z.string(), web: z.string() }),
});

/** Where everything is, for scripts; addresses without a trailing slash. It is there only while all of it runs. */
export type Local = z.output<typeof schema>;

export const localJsonPath = (folder: string): string => join(folder, 'local.json');

/** Written whole or not at all, and readable by its owner only: it holds keys. */
export function writeLocalJson(folder: string, local: Local): void {
  const path = localJsonPath(folder);
  writeFileSync(`${path}.new`, `${JSON.stringify(local, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeLocalJson(folder: string): void {
  rmSync(localJsonPath(folder), { force: true });
}

/** @returns undefined where nothing runs on this folder */
export function readLocalJson(folder: string): Local | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(localJsonPath(folder), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
