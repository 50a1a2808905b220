/** The roles of the contract (A10), the least first. Everyone who is signed in is at least a `user`. */
export const ROLES = ['user', 'moderator', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** The role that a value names; what is missing or unknown grants nothing beyond `user`. */
export function roleFrom(value: unknown): Role {
  return ROLES.find((role) => role === value) ?? 'user';
}

/** The lesser of two roles. */
export function lesserRole(a: Role, b: Role): Role {
  return ROLES.indexOf(a) < ROLES.indexOf(b) ? a : b;
}

/** The higher of two roles. */
export function higherRole(a: Role, b: Role): Role {
  return lesserRole(a, b) === a ? b : a;
}
