import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ShopApp, startShopApp } from '../../test/support/shop-app.ts';
import { userModel } from '../identity/user-model.ts';

let app: ShopApp;
beforeAll(async () => {
  app = await startShopApp();
});
afterAll(() => app?.stop());

it('A19 the profile is the caller’s user, and nothing of the mirror’s bookkeeping', async () => {
  const ada = await app.signUp('moderator');
  const { status, body } = await ada.call('GET /api/users/profile');
  expect(status).toBe(200);
  expect(body).toEqual({
    user: {
      clerkId: ada.clerkId,
      email: `${ada.clerkId}@shop.example`,
      name: 'Ada Lovelace',
      imageUrl: null,
      role: 'moderator',
      address: [],
      wishlist: [],
      createdAt: '1970-01-01T00:00:00.000Z',
      updatedAt: '1970-01-01T00:00:00.000Z',
    },
  });
});

it('A19 the profile is as MongoDB has it now, whatever the guard remembers', async () => {
  const ada = await app.signUp();
  await ada.call('GET /api/users/profile');
  const { clerkId } = ada;
  await userModel(app.database.connection).updateOne({ clerkId }, { $set: { name: 'Ada King' } });
  const { body } = await ada.call('GET /api/users/profile');
  expect(body).toMatchObject({ user: { name: 'Ada King' } });
});

it('A19 the profile needs a session', async () => {
  expect((await app.stranger.call('GET /api/users/profile')).status).toBe(401);
});
