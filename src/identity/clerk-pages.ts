import { setTimeout as sleep } from 'node:timers/promises';
import type { Env } from '../config/env.ts';
import { ClerkUnavailable } from './clerk-users.ts';

/** Users as Clerk's API lists them, still unread. */
export type ListedUser = { id: string; created_at: number } & Record<string, unknown>;

/** Clerk's users, page by page. */
export interface ClerkPages {
  /** Users on a full page. */
  readonly size: number;
  /**
   * The users made after the last of these; from the beginning where there are none. Of more than one, the earlier ones
   * are for the case that the later ones were deleted meanwhile.
   *
   * @throws ClerkUnavailable after several attempts
   */
  after(ids: readonly string[]): Promise<ListedUser[]>;
  /** Those of these users, at most `PAGE_BY_ID`, that Clerk has. @throws ClerkUnavailable */
  among(ids: readonly string[]): Promise<ListedUser[]>;
  count(): Promise<number>;
}

export interface ClerkPagesOptions {
  /** Users on a full page. */
  size?: number;
  /** Calls in 10 s, at most. */
  calls?: number;
}

/** The largest page that Clerk gives. */
const LARGEST_PAGE = 500;
export const PAGE_BY_ID = 100;

/**
 * Calls in 10 s that Clerk allows (clerk.com/docs, "System limits"): of a production instance and of any other. A fifth
 * is left to sign-ins and to whoever else asks.
 */
const CALLS = { live: 1000, test: 100 };
const SHARE = 0.8;

const CALL_MS = 30_000;
const ATTEMPTS = 6;
const LONGEST_WAIT_MS = 300_000;

/** The version of the Backend API that this is written for. */
const API_VERSION = '2026-05-12';

/**
 * Lists users by Clerk's cursor: `starting_after` in the order of creation, so that nobody is skipped when others are
 * deleted or made meanwhile. Not through the SDK, which does not know the cursor and counts all users with every page.
 * Keeps to Clerk's limit, and waits as long as `Retry-After` says.
 */
export function createClerkPages({ clerk }: Pick<Env, 'clerk'>, options: ClerkPagesOptions = {}): ClerkPages {
  const limit = clerk.secretKey.startsWith('sk_live_') ? CALLS.live : CALLS.test;
  const { size = LARGEST_PAGE, calls = limit * SHARE } = options;
  const spacing = 10_000 / calls;
  let free = 0;

  async function turn(): Promise<void> {
    const at = Math.max(free, Date.now());
    free = at + spacing;
    if (at > Date.now()) await sleep(at - Date.now());
  }

  async function get(path: string): Promise<Response> {
    await turn();
    return fetch(`${clerk.apiUrl}/v1${path}`, {
      headers: { Authorization: `Bearer ${clerk.secretKey}`, 'Clerk-API-Version': API_VERSION },
      signal: AbortSignal.timeout(CALL_MS),
    });
  }

  /** @returns undefined where Clerk does not take the question: a cursor who is deleted */
  async function read<T>(path: string): Promise<T | undefined> {
    let cause: unknown;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      let wait = 500 * 2 ** attempt;
      try {
        const response = await get(path);
        if (response.ok) return (await response.json()) as T;
        await response.body?.cancel();
        cause = new Error(`Clerk answered ${response.status}`);
        if (response.status === 404 || response.status === 422) return undefined;
        if (response.status !== 429 && response.status < 500) break;
        wait = Math.max(wait, (Number(response.headers.get('retry-after')) || 0) * 1000);
      } catch (error) {
        cause = error;
      }
      await sleep(Math.min(wait, LONGEST_WAIT_MS));
    }
    throw new ClerkUnavailable(60, { cause });
  }

  /** The same, where there is an answer or something is wrong: silence must not look like an empty page. */
  async function answer<T>(path: string): Promise<T> {
    const found = await read<T>(path);
    if (found === undefined)
      throw new ClerkUnavailable(60, { cause: new Error('Clerk did not take the question') });
    return found;
  }

  const list = (parameters: string) => `/users?order_by=%2Bcreated_at&${parameters}`;

  return {
    size,
    async after(ids) {
      if (ids.length === 0) return answer(list(`limit=${size}`));
      for (const id of ids.toReversed()) {
        const page = await read<ListedUser[]>(list(`limit=${size}&starting_after=${encodeURIComponent(id)}`));
        if (page !== undefined) return page;
      }
      throw new ClerkUnavailable(60, { cause: new Error('every user of the last page is gone') });
    },
    async among(ids) {
      const filter = ids.map((id) => `user_id=${encodeURIComponent(id)}`).join('&');
      return answer(list(`limit=${PAGE_BY_ID}&${filter}`));
    },
    async count() {
      return (await answer<{ total_count: number }>('/users/count')).total_count;
    },
  };
}
