import express from 'express';
import { pino } from 'pino';
import type { Role } from '../../src/auth/roles.ts';
import { answerError } from '../../src/http/error-response.ts';
import { registerRoutes } from '../../src/http/register-routes.ts';
import { createDirectory } from '../../src/identity/directory.ts';
import { userModel } from '../../src/identity/user-model.ts';
import { createUserStore } from '../../src/identity/user-store.ts';
import { registerModels } from '../../src/models.ts';
import { createShop } from '../../src/shop/index.ts';
import { clerkInstance, inAnHour } from './clerk-instance.ts';
import { startDatabase, type TestDatabase } from './database.ts';
import { startGuardedApp, userOf } from './guarded-app.ts';
import { type Answer, call } from './people.ts';

export interface ShopApp {
  database: TestDatabase;
  /** A new user, signed in with this role in the token. */
  signUp(role?: Role): Promise<Caller>;
  /** A caller without a token. */
  stranger: Caller;
  stop(): Promise<void>;
}

export interface Caller {
  clerkId: string;
  call(request: `${string} /${string}`, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** The shop's routes over HTTP behind the real guards, with users in a database and tokens of an instance. */
export async function startShopApp(): Promise<ShopApp> {
  const instance = clerkInstance();
  const database = await startDatabase(registerModels);
  const { connection } = database;
  const users = userModel(connection);
  const directory = createDirectory({
    store: createUserStore({ users, onChange: () => {}, now: Date.now }),
    provision: async () => null,
    cacheMs: 60_000,
    now: Date.now,
  });
  const shop = createShop({ connection, directory, now: Date.now, log: pino({ level: 'silent' }) });
  const app = await startGuardedApp(instance, {
    directory,
    routes(router) {
      router.use(express.json(), registerRoutes(shop.routes));
      router.use(((error, req, res, _next) =>
        answerError(error, req, res)) satisfies express.ErrorRequestHandler);
    },
  });
  let signedUp = 0;

  return {
    database,
    async signUp(role = 'user') {
      const clerkId = `user_${++signedUp}`;
      await users.create(userOf({ clerkId, role, email: `${clerkId}@shop.example` }));
      const token = await instance.token({ sub: clerkId, role, exp: inAnHour() });
      return {
        clerkId,
        call: (request, body, headers = {}) => call(app.url, request, { body, headers, token }),
      };
    },
    stranger: {
      clerkId: '',
      call: (request, body, headers = {}) => call(app.url, request, { body, headers }),
    },
    async stop() {
      await app.stop();
      await database.stop();
    },
  };
}
