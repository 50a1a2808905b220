import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** Where Clerk's published descriptions may lie: beside the checkout, or where the environment says. */
const shared = process.env.FRONTDESK_SHARED ?? join(import.meta.dirname, '../../../shared');

const file = join(shared, 'spec/clerk/webhooks-2025-04-15.yml');

export const hasWebhookExamples = existsSync(file);

export interface WebhookExample {
  type: string;
  timestamp: number;
  data: Record<string, unknown>;
}

interface Content {
  example?: WebhookExample;
  examples?: Record<string, { $ref?: string; value?: WebhookExample }>;
}

/** Clerk's own example of each event, by its type. */
export function webhookExamples(): Map<string, WebhookExample> {
  const description = parse(readFileSync(file, 'utf8'));
  const examples = new Map<string, WebhookExample>();
  for (const [type, { post }] of Object.entries<{ post: unknown }>(description['x-webhooks'])) {
    const operation = post as { requestBody: { content: { 'application/json': Content } } };
    const content = operation.requestBody.content['application/json'];
    const [named] = Object.values(content.examples ?? {});
    const example =
      content.example ?? named?.value ?? description.components.examples[refName(named?.$ref)]?.value;
    if (example) examples.set(type, example);
  }
  return examples;
}

const refName = (ref = '') => ref.slice(ref.lastIndexOf('/') + 1);
