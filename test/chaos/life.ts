import { setTimeout as sleep } from 'node:timers/promises';
import type { Clerk } from './clerk.ts';
import type { ActKind, Life } from './plan.ts';

/** What became of somebody: what the mirror has to know about him beyond what Clerk's API shows. */
export interface Lived {
  clerkId: string;
  hasAddress: boolean;
  /** Sessions that were ended, by himself or by a ban. */
  endedSessions: Set<string>;
  isDeleted: boolean;
  acts: number;
  /** What the backend answered to his first request: a status, or 0 where there was no answer. */
  firstAnswer: number | undefined;
}

/** Lives a life in Clerk: signs up, and does the rest one after the other, each when its time has come. */
export async function live(life: Life, { clerk, api }: { clerk: Clerk; api: string }): Promise<Lived> {
  const { index, hasAddress, role, comesAtOnce } = life;
  const clerkId = await clerk.signUp({
    first_name: 'Ada',
    last_name: `Lovelace ${index}`,
    ...(hasAddress ? { email_address: [`person-${index}@shop.example`] } : { username: `person_${index}` }),
    ...(role === undefined ? {} : { public_metadata: { role } }),
  });
  const lived: Lived = {
    clerkId,
    hasAddress,
    endedSessions: new Set(),
    isDeleted: false,
    acts: 0,
    firstAnswer: undefined,
  };
  const sessions = new Set<string>();
  const path = `/users/${clerkId}`;

  async function signIn(): Promise<string> {
    const { sessionId, token } = await clerk.signIn(clerkId);
    sessions.add(sessionId);
    return token;
  }
  function ended(sessionId: string): void {
    sessions.delete(sessionId);
    lived.endedSessions.add(sessionId);
  }

  const perform: Record<ActKind, () => Promise<unknown>> = {
    rename: () => clerk.call('PATCH', path, { first_name: `Grace ${lived.acts}` }),
    promote: () => clerk.call('PATCH', `${path}/metadata`, { public_metadata: { role: 'moderator' } }),
    demote: () => clerk.call('PATCH', `${path}/metadata`, { public_metadata: { role: 'user' } }),
    changeAddress: () =>
      clerk.call('POST', '/email_addresses', {
        user_id: clerkId,
        email_address: `person-${index}@new.example`,
        verified: true,
        primary: true,
      }),
    async ban() {
      await clerk.call('POST', `${path}/ban`);
      for (const session of sessions) ended(session);
    },
    unban: () => clerk.call('POST', `${path}/unban`),
    lock: () => clerk.call('POST', `${path}/lock`),
    unlock: () => clerk.call('POST', `${path}/unlock`),
    signIn,
    async endSession() {
      for (const session of sessions) {
        await clerk.control('POST', `/sessions/${session}/end`);
        ended(session);
      }
    },
    async delete() {
      await clerk.call('DELETE', path);
      lived.isDeleted = true;
    },
  };

  if (comesAtOnce) lived.firstAnswer = await firstRequest(api, await signIn());
  for (const { kind, after } of life.acts) {
    await sleep(after);
    await perform[kind]();
    lived.acts += 1;
  }
  return lived;
}

/** How long somebody waits for an answer, ms. */
const PATIENCE_MS = 15_000;

async function firstRequest(api: string, token: string): Promise<number> {
  try {
    const response = await fetch(`${api}/api/users/profile`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}
