export interface Variant {
  name: string;
  /** In the table. */
  title: string;
  /** The program, beside this file. */
  program: string;
  environment?: Record<string, string>;
  /** Frontdesk, or a part of it. */
  isOurs?: boolean;
  /** Reads the user from MongoDB. */
  readsUser: 'no' | 'once a second' | 'each time' | 'twice';
}

/** What is compared; the first is the measure of the others. */
export const VARIANTS: readonly Variant[] = [
  { name: 'bare', title: 'Express, unguarded', program: 'servers/bare.ts', readsUser: 'no' },
  {
    name: 'guard',
    isOurs: true,
    title: 'Express + our guard',
    program: 'servers/guard.ts',
    readsUser: 'once a second',
  },
  {
    name: 'stack-open',
    isOurs: true,
    title: 'Frontdesk’s stack, for anyone',
    program: 'servers/stack.ts',
    environment: { GUARD: 'anyone' },
    readsUser: 'no',
  },
  {
    name: 'stack',
    isOurs: true,
    title: 'Frontdesk’s stack, signed in',
    program: 'servers/stack.ts',
    environment: { GUARD: 'signedIn' },
    readsUser: 'once a second',
  },
  {
    name: 'frontdesk',
    isOurs: true,
    title: 'Frontdesk’s profile',
    program: 'servers/frontdesk.ts',
    // The profile itself is always read.
    readsUser: 'each time',
  },
  {
    name: 'guard-uncached',
    isOurs: true,
    title: 'Express + our guard, USER_CACHE_MS=0',
    program: 'servers/guard.ts',
    environment: { USER_CACHE_MS: '0' },
    readsUser: 'each time',
  },
  {
    name: 'frontdesk-uncached',
    isOurs: true,
    title: 'Frontdesk’s profile, USER_CACHE_MS=0',
    program: 'servers/frontdesk.ts',
    environment: { USER_CACHE_MS: '0' },
    readsUser: 'twice',
  },
  { name: 'jose', title: 'Express + jose', program: 'servers/jose.ts', readsUser: 'no' },
  {
    name: 'clerk-express',
    title: 'Express + @clerk/express, getAuth',
    program: 'servers/clerk-express.ts',
    readsUser: 'no',
  },
  {
    name: 'documented',
    title: 'The documented implementation',
    program: 'servers/documented.ts',
    readsUser: 'each time',
  },
  {
    name: 'clerk-fastify',
    title: 'Fastify + @clerk/fastify',
    program: 'rivals/clerk-fastify.ts',
    readsUser: 'each time',
  },
  {
    name: 'clerk-hono',
    title: 'Hono + @clerk/hono',
    program: 'rivals/clerk-hono.ts',
    readsUser: 'each time',
  },
];
