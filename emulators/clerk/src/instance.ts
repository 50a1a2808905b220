import type { Clock, Storage } from '@frontdesk/emulator-kit';
import { newId, randomWord } from './ids.ts';
import type { SessionStore } from './sessions/session-store.ts';
import type { Settings } from './settings.ts';
import type { SigningKeys } from './tokens/signing-keys.ts';
import type { UserStore } from './users/user-store.ts';
import type { Emit } from './webhooks/events.ts';

/** What names an instance and lets callers in. Made once for each data folder. */
export interface Identity {
  /** `ins_…` */
  instanceId: string;
  /** `https://` and the host in the publishable key; the `iss` of every token. */
  issuer: string;
  /** `pk_test_…` */
  publishableKey: string;
  /** `sk_test_…` */
  secretKey: string;
}

/** One Clerk instance: everything that the calls of the API work on. */
export interface Instance {
  identity: Identity;
  storage: Storage;
  clock: Clock;
  settings: Settings;
  keys: SigningKeys;
  users: UserStore;
  sessions: SessionStore;
  emit: Emit;
}

/** The identity that the settings hold, or a new one. Its host ends in `.test`, which leads nowhere (RFC 2606). */
export function openIdentity(settings: Settings, clock: Clock): Identity {
  const kept = settings.get<Identity>('identity');
  if (kept !== undefined) return kept;
  const host = `${randomWord(8).toLowerCase()}.clerk.test`;
  const identity: Identity = {
    instanceId: newId('ins', clock.now()),
    issuer: `https://${host}`,
    publishableKey: `pk_test_${Buffer.from(`${host}$`).toString('base64')}`,
    secretKey: `sk_test_${randomWord(40)}`,
  };
  settings.set('identity', identity);
  return identity;
}
