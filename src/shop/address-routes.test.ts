import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, type ShopApp, startShopApp } from '../../test/support/shop-app.ts';

const home = {
  label: 'Home',
  fullName: 'Ada Lovelace',
  line1: '12 St James Square',
  city: 'London',
  country: 'GB',
  isDefault: true,
};

let app: ShopApp;
beforeAll(async () => {
  app = await startShopApp();
});
afterAll(() => app?.stop());

const path = '/api/users/addresses';
const add = (who: Caller, fields = {}) => who.call(`POST ${path}`, { ...home, ...fields });

async function list(who: Caller) {
  const { status, body } = await who.call(`GET ${path}`);
  expect(status).toBe(200);
  expect(body.nextCursor).toBeNull();
  return body.items as { id: string; label: string; isDefault: boolean }[];
}

describe('own addresses', () => {
  it('are added, changed where a field is sent, and removed', async () => {
    const ada = await app.signUp();
    expect(await list(ada)).toEqual([]);
    const added = await add(ada);
    expect(added.status).toBe(201);
    const whole = { ...home, id: expect.any(String), line2: '', state: '', postalCode: '', phone: '' };
    expect(added.body).toEqual(whole);
    const changed = await ada.call(`PUT ${path}/${added.body.id}`, { city: 'Ockham' });
    expect(changed).toMatchObject({ status: 200, body: { ...whole, city: 'Ockham' } });
    expect(await list(ada)).toEqual([changed.body]);
    expect((await ada.call(`DELETE ${path}/${added.body.id}`)).status).toBe(204);
    expect(await list(ada)).toEqual([]);
  });

  it('have one default at most, also when several become it at once', async () => {
    const ada = await app.signUp();
    await Promise.all(Array.from({ length: 10 }, (_, n) => add(ada, { label: `no. ${n}` })));
    const before = await list(ada);
    expect(before).toHaveLength(10);
    expect(before.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    await Promise.all(before.map(({ id }) => ada.call(`PUT ${path}/${id}`, { isDefault: true })));
    expect((await list(ada)).filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  it('are at most 20, also when they come at once', async () => {
    const ada = await app.signUp();
    const answers = await Promise.all(Array.from({ length: 25 }, () => add(ada)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(answers.find(({ status }) => status !== 201)).toMatchObject({
      status: 409,
      body: { code: 'limit_reached', details: 'A user has at most 20 addresses' },
    });
    expect(await list(ada)).toHaveLength(20);
  });

  it('B12 of others answer as addresses that do not exist', async () => {
    const [ada, bob] = [await app.signUp(), await app.signUp()];
    const { id } = (await add(ada)).body;
    const unknown = '0'.repeat(24);
    for (const target of [id, unknown]) {
      const answers = [
        await bob.call(`PUT ${path}/${target}`, { city: 'Paris' }),
        await bob.call(`DELETE ${path}/${target}`),
      ];
      for (const { status, body } of answers) {
        expect({ status, code: body.code }).toEqual({ status: 404, code: 'address_not_found' });
      }
    }
    expect(await list(ada)).toMatchObject([{ id, city: 'London' }]);
  });

  it.each([
    ['a field that is missing', { fullName: undefined }, 'fullName'],
    ['an empty line', { line1: ' ' }, 'line1'],
    ['a country that does not exist', { country: 'QX' }, 'country'],
    ['what is no country code at all', { country: '1' }, 'country'],
    ['an operator', { city: { $ne: '' } }, 'city'],
    ['an id of the caller’s choice', { id: '0'.repeat(24) }, 'id'],
    ['a text that is too long', { city: 'x'.repeat(101) }, 'city'],
  ])('B11 refuse %s', async (_what, fields, wrong) => {
    const ada = await app.signUp();
    const { status, body } = await add(ada, fields);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', issues: [{ in: 'body', path: wrong }] });
    expect(await list(ada)).toEqual([]);
  });

  it('B11 keep a text that looks like an expression as it is', async () => {
    const ada = await app.signUp();
    await add(ada, { label: '$clerkId', line1: '$$ROOT' });
    expect(await list(ada)).toMatchObject([{ label: '$clerkId', line1: '$$ROOT' }]);
  });

  it('B11 refuse a change of nothing, and an id that is none', async () => {
    const ada = await app.signUp();
    const { id } = (await add(ada)).body;
    expect((await ada.call(`PUT ${path}/${id}`, {})).status).toBe(400);
    expect((await ada.call(`DELETE ${path}/home`)).body).toMatchObject({
      code: 'invalid_request',
      issues: [{ in: 'params', path: 'id' }],
    });
  });
});
