import type { ClerkClient } from '@clerk/backend';
import type { RequestHandler } from 'express';
import type { Inngest, InngestFunction } from 'inngest';
import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import type { Env } from '../config/env.ts';
import type { Route } from '../http/route.ts';
import type { Mailer } from '../mail/mailer.ts';
import { type ClerkPages, createClerkPages } from './clerk-pages.ts';
import { createClerkUsers } from './clerk-users.ts';
import { createDirectory } from './directory.ts';
import { createEraseUser, type Eraser } from './erase-user.ts';
import { type Exporters, exportUser } from './export-user.ts';
import { createForwarder } from './forward.ts';
import { mirrorFunctions } from './functions/mirror-functions.ts';
import { reconcileUsers } from './functions/reconcile-users.ts';
import { resendUnhandled, resendUnhandledEvents } from './functions/resend-unhandled-events.ts';
import { createAskForWelcome, sendWelcomeEmail } from './functions/send-welcome-email.ts';
import { createHandleEvent } from './handle-event.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { ledgerModel } from './ledger-model.ts';
import { createMendUser, type MendUser } from './mend-user.ts';
import { createProvision } from './provision.ts';
import { createReconcile, type Reconcile } from './reconcile.ts';
import { startResending } from './resend-timer.ts';
import { identityRoutes } from './routes.ts';
import { createSyncRuns, type SyncRuns, syncRunModel } from './sync-run.ts';
import type { Directory } from './user.ts';
import { userModel } from './user-model.ts';
import { createUserStore, type UserStore } from './user-store.ts';
import { createWebhook } from './webhook.ts';
import { createWelcome } from './welcome.ts';

export interface IdentityParts {
  connection: Connection;
  clerk: ClerkClient;
  inngest: Inngest.Any;
  mailer: Mailer;
  env: Pick<Env, 'clerk' | 'userCacheMs'>;
  now: () => number;
  log: Logger;
  /** Remove what other rooms hold about a deleted user. */
  erasers?: readonly Eraser[];
  /** Give what other rooms hold about a user, by the name it has in the export. */
  exporters?: Exporters;
}

export interface Identity {
  directory: Directory;
  webhook: RequestHandler;
  functions: InngestFunction.Any[];
  routes: Route[];
  store: UserStore;
  ledger: Ledger;
  /** From now on, sends again what was not handled. @returns stops it */
  startResending(): () => Promise<void>;
  /** What `npm run sync` and the administration work with. */
  sync: { pages: ClerkPages; reconcile: Reconcile; runs: SyncRuns; mendUser: MendUser };
}

/** Clerk's users, mirrored into MongoDB: all of it, put together. */
export function createIdentity(parts: IdentityParts): Identity {
  const { connection, inngest, env, now, log, erasers = [], exporters = {} } = parts;
  const users = userModel(connection);
  const events = ledgerModel(connection);
  const clerkUsers = createClerkUsers(parts.clerk);
  const ledger = createLedger({ events, now });
  const store = createUserStore({ users, onChange: (clerkId) => directory.forget(clerkId), now });
  const welcome = createWelcome({ users, mailer: parts.mailer, now });

  const askForWelcome = createAskForWelcome(inngest);
  /** Not waited for: if it is lost, the reminder sends it. */
  const onWelcome = (clerkId: string) => {
    askForWelcome(clerkId).catch((error: unknown) => log.warn({ err: error }, 'welcome e-mail is late'));
  };
  const provision = createProvision({ clerkUsers, store, onWelcome, now });
  const directory = createDirectory({ store, provision, cacheMs: env.userCacheMs, now });
  const eraseUser = createEraseUser({ store, ledger, erasers });
  const handle = createHandleEvent({ store, ledger, provision, eraseUser });
  const pages = createClerkPages(env);
  const reconcile = createReconcile({ pages, store, users, eraseUser, now, log });
  const runs = createSyncRuns({ runs: syncRunModel(connection), reconcile, now });
  const mendUser = createMendUser({ clerkUsers, store, eraseUser, now });
  const forward = createForwarder({ inngest, ledger, now, log });
  const resending = { inngest, ledger, welcome, now };

  return {
    directory,
    webhook: createWebhook({ secrets: env.clerk.webhookSecrets, forward, now, log }),
    functions: [
      ...mirrorFunctions({ inngest, ledger, handle, askForWelcome }),
      sendWelcomeEmail({ inngest, welcome }),
      resendUnhandledEvents(resending),
      reconcileUsers({ inngest, runs }),
    ],
    routes: identityRoutes({
      clerkUsers,
      eraseUser,
      exportUser: (clerkId) => exportUser(clerkId, { store, events, exporters }),
      now,
    }),
    store,
    ledger,
    startResending: () => startResending(() => resendUnhandled(resending), log),
    sync: { pages, reconcile, runs, mendUser },
  };
}
