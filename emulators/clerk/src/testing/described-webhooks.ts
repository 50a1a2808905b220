import { readDescription } from './descriptions.ts';

type Json = Record<string, unknown>;

const component = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** Clerk's own description of its webhooks, to compare events with; undefined where it is not there. */
export function readDescribedWebhooks(): { faults(event: unknown): string[] } | undefined {
  const description = readDescription('webhooks-2025-04-15.yml');
  if (!description) return undefined;
  return {
    faults(event) {
      const { type, data } = event as { type: string; data: Json };
      const faults = description.faults(component('WebhookEventPayload'), event);
      if (type === 'user.deleted')
        return [...faults, ...description.faults(component('DeletedObject'), data)];
      if (type.startsWith('user.')) return [...faults, ...description.faults(component('User'), data)];
      // The description wants a user beside a session that has no further fields: the two are compared one by one.
      const { user, ...session } = data;
      return [
        ...faults,
        ...description.faults(component('Session'), session),
        ...description.faults(component('User'), user),
      ];
    },
  };
}
