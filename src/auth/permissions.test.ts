import { expect, test } from 'vitest';
import { ACTIONS, isPermitted, type Permission, rolesWith, scopeOf } from './permissions.ts';
import { ROLES } from './roles.ts';

test('A10 a role may do what the lesser ones may, on at least as much, and an administrator everything', () => {
  const width = { undefined: 0, own: 1, any: 2 };
  for (const action of ACTIONS) {
    const scopes = ROLES.map((role) => width[`${scopeOf(role, action)}`]);
    expect(scopes).toEqual(scopes.toSorted());
    expect(scopeOf('admin', action)).toBe('any');
  }
});

test('own and any are told apart, and who may on any may on his own', () => {
  const may = (permission: Permission) => ROLES.filter((role) => isPermitted(role, permission));
  expect(may('orders:read')).toEqual(['user', 'moderator', 'admin']);
  expect(may('orders:read:own')).toEqual(['user', 'moderator', 'admin']);
  expect(may('orders:read:any')).toEqual(['moderator', 'admin']);
  expect(may('orders:update')).toEqual(['moderator', 'admin']);
  expect(rolesWith('products:delete')).toEqual(['admin']);
});

test('what is not in the table nobody may', () => {
  for (const name of ['orders:burn', 'orders', '', 'orders:read:all', 'constructor', 'toString:own']) {
    expect(rolesWith(name as Permission)).toEqual([]);
  }
  // @ts-expect-error: a permission that is not in the table does not compile
  const wrong: Permission = 'orders:burn';
  expect(wrong).toBe('orders:burn');
});
