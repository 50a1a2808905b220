import type { Clock, Storage } from '@frontdesk/emulator-kit';
import type { Settings } from '../settings.ts';
import type { Timers } from '../timers.ts';
import { type Delivery, deliveryOf } from './delivery.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { type Endpoint, openEndpoint } from './endpoint.ts';
import { createEmit, type Emit } from './events.ts';
import { createFaultInjector, type FaultInjector } from './faults.ts';
import { createMessageStore, type MessageRow } from './message-store.ts';

export interface WebhooksOptions {
  storage: Storage;
  settings: Settings;
  clock: Clock;
  timers: Timers;
  instanceId: string;
  /** How many finished messages are remembered. */
  historyLimit: number;
  onAttempt(): void;
}

/** Everything about webhooks: where they go, what is sent, what becomes of it. */
export interface Webhooks extends Pick<Dispatcher, 'wake' | 'idle' | 'breakOff' | 'stop'> {
  emit: Emit;
  endpoint: Endpoint;
  faults: FaultInjector;
  /** The newest first, from the one after `before` (a `svix-id`) on. */
  list(page: { limit: number; before?: string | undefined }): Delivery[];
  find(id: string): Delivery | undefined;
  /** Sends a message once more now, whatever became of it, and answers how it stands then. */
  resend(id: string): Promise<Delivery | undefined>;
}

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { storage, settings, clock, timers, instanceId, historyLimit, onAttempt } = options;
  const messages = createMessageStore(storage.db, historyLimit);
  const endpoint = openEndpoint(settings);
  const faults = createFaultInjector(messages, clock);
  const dispatcher = createDispatcher({
    storage,
    clock,
    timers,
    messages,
    url: endpoint.url,
    secrets: endpoint.secrets,
    parallel() {
      const current = faults.current();
      return current && (current.parallel ?? 1);
    },
    onAttempt,
  });
  const view = (message: MessageRow) => deliveryOf(message, messages.attemptsOf(message.seq));
  const find = (id: string) => {
    const message = messages.find(id);
    return message && view(message);
  };

  return {
    ...dispatcher,
    emit: createEmit({
      clock,
      instanceId,
      messages,
      hasEndpoint: () => endpoint.url() !== undefined,
      afflict: faults.afflict,
    }),
    endpoint,
    faults,
    list: ({ limit, before }) => {
      const start = before === undefined ? undefined : messages.find(before)?.seq;
      return messages.page(start ?? Number.MAX_SAFE_INTEGER, limit).map(view);
    },
    find,
    async resend(id) {
      const message = messages.find(id);
      if (message === undefined) return undefined;
      await dispatcher.resend(message);
      return find(id);
    },
  };
}
