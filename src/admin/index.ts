import type { ClerkClient } from '@clerk/backend';
import type { RequestHandler } from 'express';
import type { Inngest } from 'inngest';
import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import type { Env } from '../config/env.ts';
import type { BeginAct } from '../http/acts.ts';
import type { Route } from '../http/route.ts';
import type { Ledger } from '../identity/ledger.ts';
import type { SyncRuns } from '../identity/sync-run.ts';
import type { Directory } from '../identity/user.ts';
import { createAudit } from './audit.ts';
import { auditActs, auditRefusals } from './audit-requests.ts';
import { auditRoutes } from './audit-routes.ts';
import { createClerkAccounts } from './clerk-accounts.ts';
import { syncRoutes } from './sync-routes.ts';
import { userRoutes } from './user-routes.ts';

export interface AdminParts {
  connection: Connection;
  clerk: ClerkClient;
  inngest: Inngest.Any;
  directory: Directory;
  ledger: Ledger;
  runs: Pick<SyncRuns, 'last'>;
  env: Pick<Env, 'auditDays'>;
  now: () => number;
  log: Logger;
}

export interface Admin {
  routes: Route[];
  /** To be mounted ahead of whatever may refuse. */
  auditRefusals: RequestHandler;
  beginAct: BeginAct;
  /** Writes what the audit still holds. */
  stop(): Promise<void>;
}

/** Users and roles, the health of the mirror, and the audit. */
export function createAdmin({ env, clerk, log, ...parts }: AdminParts): Admin {
  const { connection, now } = parts;
  const audit = createAudit({
    connection,
    now,
    auditDays: env.auditDays,
    onError: (err) => log.error({ err }, 'the audit could not be written; it waits'),
  });
  return {
    routes: [
      ...userRoutes({ ...parts, accounts: createClerkAccounts(clerk) }),
      ...syncRoutes({ ...parts, log }),
      ...auditRoutes(parts),
    ],
    auditRefusals: auditRefusals(audit),
    beginAct: auditActs(audit),
    async stop() {
      await audit.flush().catch((err: unknown) => log.error({ err }, 'the last of the audit is lost'));
    },
  };
}
