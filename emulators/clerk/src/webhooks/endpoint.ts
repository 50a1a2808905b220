import { randomBytes } from 'node:crypto';
import { EmulatorError } from '@frontdesk/emulator-kit';
import type { Settings } from '../settings.ts';

const SECRET_BYTES = 24;

/** Where webhooks go and what signs them; kept with the rest of the state. */
export interface Endpoint {
  url(): string | undefined;
  /** @throws EmulatorError `webhook_url_invalid` */
  setUrl(url: string | undefined): void;
  /** The secrets that sign, the newest first. */
  secrets(): readonly string[];
  /** Makes a new secret. The older ones go on signing beside it until `dropOldSecrets`. */
  rotateSecret(): string;
  dropOldSecrets(): void;
}

export function openEndpoint(settings: Settings): Endpoint {
  let url = settings.get<string>('webhook_url');
  let secrets = settings.get<string[]>('webhook_secrets') ?? [];
  const keep = (next: string[]) => {
    secrets = next;
    settings.set('webhook_secrets', secrets);
  };
  const endpoint: Endpoint = {
    url: () => url,
    setUrl(next) {
      if (next !== undefined) checkUrl(next);
      url = next;
      if (next === undefined) settings.remove('webhook_url');
      else settings.set('webhook_url', next);
    },
    secrets: () => secrets,
    rotateSecret() {
      const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
      keep([secret, ...secrets]);
      return secret;
    },
    dropOldSecrets: () => keep(secrets.slice(0, 1)),
  };
  if (secrets.length === 0) endpoint.rotateSecret();
  return endpoint;
}

function checkUrl(url: string): void {
  const protocol = URL.parse(url)?.protocol;
  if (protocol === 'http:' || protocol === 'https:') return;
  throw new EmulatorError(
    'webhook_url_invalid',
    `the webhook address ${url} is no http or https address: give one such as http://127.0.0.1:3000/api/webhooks/clerk`,
  );
}
