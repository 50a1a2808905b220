import { ROLES, type Role } from './roles.ts';

/** On whose things an action may be done: on one's own, or on anybody's. */
export type Scope = 'own' | 'any';

/**
 * What each role may do: the one table of permissions. A role has its own row and those of the lesser roles; an
 * administrator may do all of it, on anybody's things (A10). Add a line here, and `requirePermission` knows it.
 */
const GRANTS = {
  user: {
    'orders:create': 'own',
    'orders:read': 'own',
  },
  moderator: {
    'orders:read': 'any',
    'orders:update': 'any',
    'products:update': 'any',
  },
  admin: {
    'products:create': 'any',
    'products:delete': 'any',
  },
} as const satisfies Record<Role, Record<`${string}:${string}`, Scope>>;

/** What can be done to what, such as `orders:update`. */
export type Action = { [R in Role]: keyof (typeof GRANTS)[R] }[Role];

/** An action on anything at all (`orders:read`), or said whose: `orders:read:own`, `orders:read:any`. */
export type Permission = Action | `${Action}:${Scope}`;

/** Every action in the table. */
export const ACTIONS: readonly Action[] = [
  ...new Set(ROLES.flatMap((role) => Object.keys(GRANTS[role]) as Action[])),
];

/** On whose things a role may do this; undefined where it may not do it at all. */
export function scopeOf(role: Role, action: Action): Scope | undefined {
  if (!ACTIONS.includes(action)) return undefined;
  if (role === 'admin') return 'any';
  const rows: Partial<Record<Action, Scope>>[] = ROLES.slice(0, ROLES.indexOf(role) + 1).map(
    (each) => GRANTS[each],
  );
  const scopes = rows.map((row) => row[action]);
  return scopes.includes('any') ? 'any' : scopes.find((scope) => scope === 'own');
}

/** Whether a role has a permission; who may do something on anybody's things may do it on his own. */
export function isPermitted(role: Role, permission: Permission): boolean {
  const { action, scope } = parsed(permission);
  const granted = scopeOf(role, action);
  return granted !== undefined && (scope !== 'any' || granted === 'any');
}

/** The roles that have a permission, the least first. */
export function rolesWith(permission: Permission): readonly Role[] {
  return ROLES.filter((role) => isPermitted(role, permission));
}

function parsed(permission: Permission): { action: Action; scope: Scope | undefined } {
  const [, action, scope] = /^(.+?)(?::(own|any))?$/.exec(permission) ?? [];
  return { action: action as Action, scope: scope as Scope | undefined };
}
