import { readFileSync } from 'node:fs';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerError } from '../../../src/http/error-response.ts';
import { registerRoutes } from '../../../src/http/register-routes.ts';
import { clerkInstance } from '../../support/clerk-instance.ts';
import { startDatabase, type TestDatabase } from '../../support/database.ts';
import { type GuardedApp, startGuardedApp, userOf } from '../../support/guarded-app.ts';
import { call } from '../../support/people.ts';
import { reviewModel } from './review-model.ts';
import { reviewRoutes } from './review-routes.ts';

const instance = clerkInstance();
const productId = '65f1c0ffee0123456789abcd';
const review = { productId, stars: 5, text: 'Bright.' };

let database: TestDatabase;
let guarded: GuardedApp;
beforeAll(async () => {
  database = await startDatabase(reviewModel);
  guarded = await startGuardedApp(instance, {
    routes(app) {
      const { connection } = database;
      app.use(express.json(), registerRoutes(reviewRoutes({ connection, now: Date.now })));
      app.use(((error, req, res, _next) =>
        answerError(error, req, res)) satisfies express.ErrorRequestHandler);
    },
  });
  for (const clerkId of ['user_ada', 'user_bob']) guarded.users.set(clerkId, userOf({ clerkId }));
});
afterAll(async () => {
  await guarded?.stop();
  await database?.stop();
});

const as = async (clerkId: string) => ({ token: await instance.token({ sub: clerkId }) });

describe('the resource of the guide', () => {
  it('is written by who is signed in, and read by all', async () => {
    expect((await call(guarded.url, 'POST /api/reviews', { body: review })).status).toBe(401);
    const written = await call(guarded.url, 'POST /api/reviews', { ...(await as('user_ada')), body: review });
    expect(written).toMatchObject({ status: 201, body: review });
    const { body } = await call(guarded.url, `GET /api/reviews?productId=${productId}`);
    expect(body).toEqual({ items: [written.body], nextCursor: null });
  });

  it('B11 refuses what its schema does not say', async () => {
    const body = { ...review, stars: 6, clerkId: 'user_bob' };
    const answer = await call(guarded.url, 'POST /api/reviews', { ...(await as('user_ada')), body });
    expect(answer.status).toBe(400);
    expect(answer.body.issues).toMatchObject([{ path: 'stars' }, { path: 'clerkId' }]);
  });

  it('B12 lets nobody remove a review of somebody else', async () => {
    const ada = await as('user_ada');
    const { body } = await call(guarded.url, 'POST /api/reviews', { ...ada, body: review });
    const remove = (who: { token: string }) => call(guarded.url, `DELETE /api/reviews/${body.id}`, who);
    expect((await remove(await as('user_bob'))).status).toBe(404);
    expect((await remove(ada)).status).toBe(204);
  });

  it('stands in the guide word for word', () => {
    const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
    const guide = read('../../../docs/guides/your-own-resource.md');
    for (const file of ['review-model.ts', 'review-routes.ts']) {
      // In the guide the files stand in src/reviews.
      expect(guide).toContain(read(file).replaceAll('../../../src/', '../'));
    }
  });
});
