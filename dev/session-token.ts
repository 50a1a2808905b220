import type { ClerkClient } from '@clerk/backend';

/** A new session token of a user, from a session of theirs that is still active, or a new one. */
export async function sessionToken(clerk: ClerkClient, userId: string): Promise<string> {
  const { data } = await clerk.sessions.getSessionList({ userId, status: 'active', limit: 1 });
  const session = data[0] ?? (await clerk.sessions.createSession({ userId }));
  return (await clerk.sessions.getToken(session.id)).jwt;
}
