import type { Connection } from 'mongoose';
import type { Env } from '../config/env.ts';
import { checkAdminEmail } from './checks/admin-email.ts';
import { checkBackend } from './checks/backend.ts';
import { checkClerk } from './checks/clerk.ts';
import { checkClock } from './checks/clock.ts';
import { checkEnvironment } from './checks/environment.ts';
import { checkFunctions, checkInngest } from './checks/inngest.ts';
import { checkInstance } from './checks/instance.ts';
import { checkMail } from './checks/mail.ts';
import { checkIndexes, checkMongodb } from './checks/mongodb.ts';
import { checkSigningKey } from './checks/signing-key.ts';
import { checkToken, userOfToken } from './checks/token.ts';
import { checkUser } from './checks/user.ts';
import { checkWebhook } from './checks/webhook.ts';
import type { Check, Finding } from './finding.ts';

export interface Complaint {
  environment: Record<string, string | undefined>;
  /** A session token to explain; it resolves to undefined where nobody gave one. */
  token: Promise<string | undefined>;
  /** The Clerk id of a user to compare. */
  user: string | undefined;
  /** Where the backend is, if somebody said so. */
  api: string | undefined;
  now: () => number;
}

/** Checks what can be wrong, in the order in which it breaks. What stands on something broken is left out. */
export async function diagnose(complaint: Complaint): Promise<Check[]> {
  const { env, finding } = checkEnvironment(complaint.environment);
  const checks: Check[] = [{ name: 'environment', ...finding }];
  if (env === undefined) return checks;
  const add = (name: string, found: Finding) => void checks.push({ name, ...found });
  const token = await complaint.token;

  const clerk = await checkClerk(env, complaint.now);
  add('clerk', clerk.finding);
  const keys = clerk.answer?.keys ?? [];
  if (clerk.answer) {
    add('clock', checkClock(clerk.answer.aheadMs));
    add('instance', await checkInstance(env));
    add('signing-key', checkSigningKey(env, keys));
  }
  if (token !== undefined) checks.push(...checkToken(token, { env, keys, now: complaint.now() }));

  const mongodb = await checkMongodb(env.mongodbUri);
  add('mongodb', mongodb.finding);
  try {
    if (mongodb.connection) add('indexes', await checkIndexes(mongodb.connection));
    await checkServices(env, complaint, add);
    const user = complaint.user ?? (token && userOfToken(token));
    if (mongodb.connection) await checkPeople(env, mongodb.connection, user, add);
  } finally {
    await mongodb.connection?.close();
  }
  return checks;
}

type Add = (name: string, finding: Finding) => void;

async function checkServices(env: Env, { api, now }: Complaint, add: Add): Promise<void> {
  add('inngest', await checkInngest(env));
  add('mail', await checkMail(env));
  const address = api ?? `http://127.0.0.1:${env.port}`;
  const backend = await checkBackend({ api: address, isGiven: api !== undefined });
  add('backend', backend.finding);
  if (backend.answers) add('webhook', await checkWebhook(env, address, now()));
  add('functions', await checkFunctions(env, backend.answers ? address : undefined));
}

async function checkPeople(
  env: Env,
  connection: Connection,
  user: string | undefined,
  add: Add,
): Promise<void> {
  if (user !== undefined) add('user', await checkUser(env, connection, user));
  add('admin-email', await checkAdminEmail(env, connection));
}
