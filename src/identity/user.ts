import type { Role } from '../auth/roles.ts';

export type UserStatus = 'active' | 'banned' | 'locked' | 'deleted';

/** A user as the mirror holds it: one document, half of it Clerk's, half of it the shop's. */
export interface User {
  clerkId: string;
  /** The primary address; null for a user who has none (phone or passkey only), and in a tombstone. */
  email: string | null;
  /** Whether Clerk has verified that address. */
  emailVerified: boolean;
  name: string;
  imageUrl: string | null;
  role: Role;
  status: UserStatus;
  address: Address[];
  /** Ids of products. */
  wishlist: string[];
  /** When the account was made in Clerk. */
  createdAt: Date;
  /** When Clerk last changed it. */
  updatedAt: Date;
  /** Bookkeeping of the mirror: never leaves the API. */
  sync: UserSync;
}

export interface Address {
  id: string;
  label: string;
  fullName: string;
  line1: string;
  line2: string;
  city: string;
  state: string;
  postalCode: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  phone: string;
  isDefault: boolean;
}

export interface UserSync {
  /** Of which state of Clerk's this document is: events are in a total order by these three. */
  version: Version;
  /** Counts the writes of the mirror: what the compare-and-swap compares. */
  revision: number;
  /** The highest role that Clerk ever showed: above it there was nothing to take away (B10). */
  highestRole: Role;
  /** Sessions that ended before their tokens expired: those tokens are refused. */
  endedSessions: EndedSession[];
  /** When the welcome e-mail was sent; null while it was not. */
  welcomedAt: Date | null;
  /** Since when the welcome e-mail is due, or when to remind of it next; null where none is due. */
  welcomeDueAt: Date | null;
  /** Until when one process has the sending of it to itself. */
  welcomeLeaseUntil: Date | null;
  /** When the last trace of a deleted user was removed; null before. */
  erasedAt: Date | null;
  /** When a reconciliation found that Clerk has him no more; null otherwise. */
  goneAt: Date | null;
}

export interface Version {
  /** Clerk's `updated_at`, ms. */
  updatedAt: number;
  /** The envelope's `timestamp`, ms. */
  timestamp: number;
  svixId: string;
}

export interface EndedSession {
  id: string;
  /** ms since the epoch */
  at: number;
}

/** Who is behind a session: what the guards and the routes ask. */
export interface Directory {
  /** What `find` would answer, where that is known already: so that a request need not wait for it. */
  known(clerkId: string): User | undefined;
  /**
   * The user of a valid session, at most `USER_CACHE_MS` old. One whom the mirror does not know yet is fetched from
   * Clerk once, however many requests wait (B5). A deleted user comes back as the tombstone that is left.
   *
   * @returns null where Clerk has no such user
   * @throws HttpError `clerk_unavailable` where the user is unknown here and Clerk cannot be asked
   */
  find(clerkId: string): Promise<User | null>;
  /** The user as MongoDB has it now, for handlers that show or change it. */
  read(clerkId: string): Promise<User | null>;
  /** Called when this process changed the user: the next `find` reads again. */
  forget(clerkId: string): void;
}
