/**
 * The session token's template that puts the role where `CLERK_ROLE_CLAIM` says: as Clerk's dashboard takes it.
 *
 * @example
 * templateFor('role') // {"role":"{{user.public_metadata.role}}"}
 * templateFor('metadata.role') // {"metadata":{"role":"{{user.public_metadata.role}}"}}
 */
export function templateFor(path: string): string {
  const nested = path
    .split('.')
    .reduceRight<unknown>((inner, name) => ({ [name]: inner }), '{{user.public_metadata.role}}');
  return JSON.stringify(nested);
}
