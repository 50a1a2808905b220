import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Local } from '../../dev/local-json.ts';

/** A user as Clerk's API shows him: as much of it as the mirror is measured by. */
const shownUser = z.object({
  id: z.string(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  image_url: z.string(),
  primary_email_address_id: z.string().nullable(),
  email_addresses: z.array(
    z.object({
      id: z.string(),
      email_address: z.string(),
      verification: z.object({ status: z.string() }).nullable(),
    }),
  ),
  public_metadata: z.object({ role: z.string().optional() }),
  banned: z.boolean(),
  locked: z.boolean(),
  created_at: z.number(),
  updated_at: z.number(),
});
export type ShownUser = z.output<typeof shownUser>;

const signedIn = z.object({ session: z.object({ id: z.string() }), token: z.string() });
const delivery = z.object({ id: z.string(), type: z.string(), state: z.string() });
export type Delivery = z.output<typeof delivery>;

const PAGE = 500;
/** Who asks again does so soon: the faults are gone after so many calls. */
const AGAIN_MS = 50;
const ATTEMPTS = 200;

/** Clerk as its users and its operator see it: who is refused for now (429, 5xx) asks again. */
export interface Clerk {
  signUp(user: Record<string, unknown>): Promise<string>;
  /** Any other call of the API. Someone who is gone is not an error. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  signIn(userId: string): Promise<{ sessionId: string; token: string }>;
  /** A call under `/_emulator`. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  users(): Promise<ShownUser[]>;
  /** The webhooks that it remembers, the newest first. */
  deliveries(): Promise<Delivery[]>;
}

export function createClerk({ apiUrl, secretKey }: Local['clerk']): Clerk {
  async function request(method: string, path: string, body?: unknown): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.ok) return text === '' ? undefined : JSON.parse(text);
      if (response.status === 404) return undefined;
      const isForNow = response.status === 429 || response.status >= 500;
      if (!isForNow || attempt === ATTEMPTS)
        throw new Error(`Clerk answered ${method} ${path} with ${response.status}: ${text}`);
      await sleep(AGAIN_MS);
    }
  }

  return {
    signUp: async (user) => z.object({ id: z.string() }).parse(await request('POST', '/v1/users', user)).id,
    call: (method, path, body) => request(method, `/v1${path}`, body),
    async signIn(userId) {
      const { session, token } = signedIn.parse(await request('POST', '/_emulator/sign-in', { userId }));
      return { sessionId: session.id, token };
    },
    control: (method, path, body) => request(method, `/_emulator${path}`, body),
    async users() {
      const all: ShownUser[] = [];
      for (;;) {
        const order = `order_by=%2Bcreated_at&limit=${PAGE}&offset=${all.length}`;
        const page = z.array(shownUser).parse(await request('GET', `/v1/users?${order}`));
        all.push(...page);
        if (page.length < PAGE) return all;
      }
    },
    async deliveries() {
      const all: Delivery[] = [];
      for (;;) {
        const before = all.at(-1);
        const from = before === undefined ? '' : `&before=${before.id}`;
        const page = z
          .array(delivery)
          .parse(await request('GET', `/_emulator/deliveries?limit=${PAGE}${from}`));
        all.push(...page);
        if (page.length < PAGE) return all;
      }
    },
  };
}
