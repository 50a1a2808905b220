import { z } from 'zod';
import { roleFrom } from '../auth/roles.ts';
import type { MirrorEvent, Profile } from './mirror.ts';
import type { UserStatus, Version } from './user.ts';

const id = z.string().min(1).max(256);
const milliseconds = z.number().int().nonnegative();
/** Of the public metadata the role alone: the rest is the shop front's own affair. */
const metadata = z.object({ role: z.string().nullish().catch(null) }).nullish();

/** What the mirror reads of a user, in a webhook as in an answer of the Backend API; all else is dropped. */
export const clerkUser = z.object({
  id,
  primary_email_address_id: z.string().nullish(),
  email_addresses: z
    .array(
      z.object({
        id: z.string(),
        email_address: z.string(),
        verification: z.object({ status: z.string().nullish() }).nullish(),
      }),
    )
    .default([]),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  image_url: z.string().nullish(),
  public_metadata: metadata,
  banned: z.boolean().nullish(),
  locked: z.boolean().nullish(),
  created_at: milliseconds,
  updated_at: milliseconds,
});

export type ClerkUser = z.output<typeof clerkUser>;

const deletedUser = z.object({ id, deleted: z.boolean().nullish() });
const session = z.object({ id, user_id: id });

/** The types that the mirror handles, and what of their data it keeps. */
const SHAPES = {
  'user.created': clerkUser,
  'user.updated': clerkUser,
  'user.deleted': deletedUser,
  'session.ended': session,
  'session.removed': session,
  'session.revoked': session,
} as const;

export type HandledType = keyof typeof SHAPES;

export const ENDED_SESSION_TYPES = ['session.ended', 'session.removed', 'session.revoked'] as const;

export function isHandled(type: string): type is HandledType {
  return Object.hasOwn(SHAPES, type);
}

/**
 * What the mirror needs of an event's data, for the ledger; for a type that it does not handle, nothing.
 *
 * @throws ZodError where a handled type lacks what it needs
 */
export function mirroredData(type: string, data: unknown): Record<string, unknown> | undefined {
  return isHandled(type) ? SHAPES[type].parse(data) : undefined;
}

/** Whose event it is: the user's id, or null where it is about no user. */
export function subjectOf(type: string, data: Record<string, unknown>): string | null {
  const subject = type.startsWith('user.') ? data.id : data.user_id;
  return typeof subject === 'string' ? subject : null;
}

/**
 * A webhook's event as the reducer takes it.
 *
 * @param at the envelope's timestamp (ms) and the delivery's svix-id
 * @throws ZodError where the data is not what the type promises
 */
export function mirrorEvent(type: HandledType, data: unknown, at: Omit<Version, 'updatedAt'>): MirrorEvent {
  switch (type) {
    case 'user.created':
    case 'user.updated': {
      const user = clerkUser.parse(data);
      const version = { updatedAt: user.updated_at, ...at };
      return {
        kind: 'profile',
        clerkId: user.id,
        profile: profileOf(user),
        version,
        welcome: type === 'user.created',
      };
    }
    case 'user.deleted':
      return deletion(deletedUser.parse(data).id, at);
    case 'session.ended':
    case 'session.removed':
    case 'session.revoked': {
      const ended = session.parse(data);
      return { kind: 'sessionEnded', clerkId: ended.user_id, session: { id: ended.id, at: at.timestamp } };
    }
  }
}

/**
 * A user as Clerk's API shows him now.
 *
 * @param askedAt when Clerk was asked, ms: all that happened before is in it
 * @param welcome whether hearing of him this way calls for the welcome e-mail
 */
export function snapshot(user: ClerkUser, askedAt: number, welcome: boolean): MirrorEvent {
  const version = { updatedAt: user.updated_at, timestamp: askedAt, svixId: '' };
  return { kind: 'profile', clerkId: user.id, profile: profileOf(user), version, welcome };
}

/** A user of whom Clerk says, or has just been told, that he is deleted. */
export function deletion(clerkId: string, at: Omit<Version, 'updatedAt'>): MirrorEvent {
  return { kind: 'deleted', clerkId, version: { updatedAt: at.timestamp, ...at } };
}

/** What the mirror keeps of a user (B6, A18). */
export function profileOf(user: ClerkUser): Profile {
  const primary = user.email_addresses.find((address) => address.id === user.primary_email_address_id);
  const name = `${user.first_name ?? ''} ${user.last_name ?? ''}`.trim().replace(/\s+/g, ' ');
  return {
    email: primary?.email_address ?? null,
    emailVerified: primary?.verification?.status === 'verified',
    name: name || 'Usuario',
    imageUrl: user.image_url ?? null,
    role: roleFrom(user.public_metadata?.role),
    status: statusOf(user),
    createdAt: new Date(user.created_at),
    updatedAt: new Date(user.updated_at),
  };
}

function statusOf({ banned, locked }: ClerkUser): UserStatus {
  if (banned) return 'banned';
  return locked ? 'locked' : 'active';
}
