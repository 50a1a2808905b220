import type { Clock } from '@frontdesk/emulator-kit';
import { refuse } from '../http/api-error.ts';
import type { ApiFault, ApiFaults } from '../http/api-faults.ts';
import type { Instance } from '../instance.ts';
import type { SessionJson } from '../sessions/session.ts';
import { createSession, endSession, findSession } from '../sessions/session-changes.ts';
import type { Timers } from '../timers.ts';
import { type ClaimsTemplate, readTemplate } from '../tokens/claims-template.ts';
import { claimsTemplate, type MintOptions, mintFor, tokenOrigin } from '../tokens/mint.ts';
import { acceptSignInToken } from '../tokens/sign-in-tokens.ts';
import { findUser } from '../users/user-view.ts';
import type { Delivery } from '../webhooks/delivery.ts';
import type { WebhookFaults } from '../webhooks/faults.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';

/** Who causes what is done by hand, and not through the API. */
const BY_HAND = { ip: '127.0.0.1', userAgent: 'Clerk emulator' };
const DEFAULT_PAGE = 100;

/** What a test or the page can do to the emulator, beyond what Clerk's own API offers. Each is a call of `/_emulator` too. */
export interface Control {
  /** For `CLERK_JWT_KEY`: the public key of the one that signs now. */
  readonly jwtKey: string;
  /** For `CLERK_WEBHOOK_SECRET`: the newest secret. */
  readonly webhookSecret: string;
  /** Where webhooks go; may be set at any time. Without one, events are recorded and not sent. */
  webhookUrl: string | undefined;
  /** The claims that session tokens bear beyond Clerk's own; `{}` for none. */
  sessionTokenTemplate: ClaimsTemplate;
  /** The `azp` of tokens; null leaves the claim out. */
  origin: string | null;

  /** The emulator's time. */
  readonly clock: Pick<Clock, 'now' | 'offset'>;
  /** Turns the clock forward, in milliseconds: sessions run out, retries fall due. */
  advance(ms: number): void;
  /** Resolves when every webhook that is due by the clock has been sent and answered, or has failed for now. */
  idle(): Promise<void>;

  /**
   * Signs a user in as a browser would, and answers the session and a token of it.
   *
   * @throws ApiError for an unknown or banned user
   */
  signIn(userId: string, options?: MintOptions): { session: SessionJson; token: string };
  /** The same with a sign-in token, which is used up by it. */
  signInWithToken(signInToken: string, options?: MintOptions): { session: SessionJson; token: string };
  /** Another token of a session, whatever its status: a browser may still hold one. */
  token(sessionId: string, options?: MintOptions): string;
  /** Ends a session as its user does: `ended`, or `removed` from the browser by signing out. */
  endSession(sessionId: string, how?: 'ended' | 'removed'): SessionJson;

  /** The newest first, at most `limit` (100) of them, from the one after `before` (a `svix-id`) on. */
  deliveries(page?: { limit?: number | undefined; before?: string | undefined }): Delivery[];
  /** @throws ApiError 404 */
  delivery(id: string): Delivery;
  /** Sends a message once more now, whatever became of it, and answers how it stands then. */
  resend(id: string): Promise<Delivery>;

  /** What goes wrong with webhooks from now on; undefined ends it. */
  webhookFaults: WebhookFaults | undefined;
  /** Makes calls of the Backend API fail or hang. */
  failApi(fault: ApiFault): void;
  /** The faults of the API that are still to strike. */
  apiFaults(): ApiFault[];
  /** Ends all faults, of webhooks and of the API. */
  clearFaults(): void;

  /** Makes a new key that signs from now on; the old ones stay in the JWKS. Answers its id. */
  rotateSigningKey(): Promise<string>;
  signingKeys(): { kid: string; createdAt: number; signs: boolean }[];
  /** @throws ApiError 404 for an unknown key and for the one that signs */
  removeSigningKey(kid: string): void;
  /** Makes a new webhook secret and answers it. The old ones go on signing beside it. */
  rotateWebhookSecret(): string;
  /** From now on only the newest secret signs. */
  dropOldWebhookSecrets(): void;

  /** Forgets users, sessions, sign-in tokens, deliveries, faults, template and origin. Keys, secrets and clock stay. */
  reset(): Promise<void>;
}

export interface ControlOptions {
  instance: Instance;
  timers: Timers;
  webhooks: Webhooks;
  apiFaults: ApiFaults;
  /** Called after each change. */
  onChange(): void;
}

export function createControl({ instance, timers, webhooks, apiFaults, onChange }: ControlOptions): Control {
  const { storage, settings, clock, keys } = instance;
  /** Runs a change as one transaction, then lets its webhooks go out. */
  const change = <T>(work: () => T): T => {
    const result = storage.transaction(work);
    onChange();
    return result;
  };
  const enter = (findAccount: () => ReturnType<typeof findUser>, mint: MintOptions | undefined) => {
    const session = change(() => createSession(instance, findAccount(), BY_HAND));
    return { session, token: mintFor(instance, findSession(instance, session.id), mint) };
  };

  return {
    get jwtKey() {
      return keys.publicPem();
    },
    get webhookSecret() {
      return webhooks.endpoint.secrets()[0] ?? '';
    },
    get webhookUrl() {
      return webhooks.endpoint.url();
    },
    set webhookUrl(url) {
      change(() => webhooks.endpoint.setUrl(url));
    },
    get sessionTokenTemplate() {
      return claimsTemplate(instance);
    },
    set sessionTokenTemplate(template) {
      change(() => settings.set('template', readTemplate(template)));
    },
    get origin() {
      return tokenOrigin(instance);
    },
    set origin(origin) {
      change(() => settings.set('origin', origin));
    },

    clock,
    advance(ms) {
      clock.advance(ms);
      change(() => settings.set('clock_offset', clock.offset()));
      timers.turned();
    },
    idle: webhooks.idle,

    signIn: (userId, mint) => enter(() => findUser(instance, userId), mint),
    signInWithToken: (token, mint) => enter(() => acceptSignInToken(instance, token), mint),
    token: (sessionId, mint) => mintFor(instance, findSession(instance, sessionId), mint),
    endSession: (sessionId, how = 'removed') =>
      change(() => endSession(instance, findSession(instance, sessionId), how, BY_HAND)),

    deliveries: ({ limit = DEFAULT_PAGE, before } = {}) => webhooks.list({ limit, before }),
    delivery: (id) => known(webhooks.find(id), id),
    async resend(id) {
      if (webhooks.endpoint.url() === undefined) throw refuse.missingParam('webhookUrl');
      return known(await webhooks.resend(id), id);
    },

    get webhookFaults() {
      return webhooks.faults.current();
    },
    set webhookFaults(faults) {
      change(() => webhooks.faults.set(faults));
    },
    failApi: apiFaults.add,
    apiFaults: apiFaults.list,
    clearFaults() {
      apiFaults.clear();
      change(() => webhooks.faults.set(undefined));
    },

    rotateSigningKey: keys.rotate,
    signingKeys: keys.list,
    removeSigningKey(kid) {
      if (!keys.remove(kid)) throw refuse.notFound(`No signing key to remove was found with id ${kid}`);
    },
    rotateWebhookSecret: webhooks.endpoint.rotateSecret,
    dropOldWebhookSecrets: webhooks.endpoint.dropOldSecrets,

    async reset() {
      apiFaults.clear();
      webhooks.faults.set(undefined);
      await webhooks.breakOff(() =>
        storage.transaction(() => {
          // What belongs to them goes with them.
          storage.db.exec('DELETE FROM users; DELETE FROM messages');
          settings.remove('template');
          settings.remove('origin');
        }),
      );
      onChange();
    },
  };
}

function known(delivery: Delivery | undefined, id: string): Delivery {
  if (delivery === undefined) throw refuse.notFound(`No delivery was found with id ${id}`);
  return delivery;
}
