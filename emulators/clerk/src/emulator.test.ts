import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClerkClient } from '@clerk/backend';
import { verifyWebhook } from '@clerk/backend/webhooks';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { startClerkEmulator } from './index.ts';

test('a user created, signed in, banned and deleted is told to the webhook, signed', async () => {
  const got: { headers: IncomingMessage['headers']; body: string }[] = [];
  const sink = createServer((request, response) => {
    let body = '';
    request
      .on('data', (chunk) => (body += chunk))
      .on('end', () => {
        got.push({ headers: request.headers, body });
        response.end('ok');
      });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => sink.once('listening', resolve));
  const clerk = await startClerkEmulator({
    webhookUrl: `http://127.0.0.1:${(sink.address() as AddressInfo).port}/`,
  });
  const client = createClerkClient({
    secretKey: clerk.secretKey,
    apiUrl: clerk.apiUrl,
    telemetry: { disabled: true },
  });
  const user = await client.users.createUser({
    emailAddress: ['a@x.test'],
    firstName: 'A',
    publicMetadata: { role: 'admin' },
  });
  const list = await client.users.getUserList({ limit: 1, query: 'x.test', userId: [user.id] });
  expect(list.totalCount).toBe(1);
  const { session } = clerk.signIn(user.id);
  expect((await client.sessions.getSession(session.id)).status).toBe('active');
  await client.users.banUser(user.id);
  await client.users.deleteUser(user.id);
  await clerk.idle();
  const types: string[] = [];
  for (const { headers, body } of got) {
    const request = new Request('http://x/', {
      method: 'POST',
      body,
      headers: headers as Record<string, string>,
    });
    const event = await verifyWebhook(request, { signingSecret: clerk.webhookSecret });
    types.push(event.type);
    new Webhook(clerk.webhookSecret).verify(body, {
      'webhook-id': String(headers['svix-id']),
      'webhook-timestamp': String(headers['svix-timestamp']),
      'webhook-signature': String(headers['svix-signature']),
    });
  }
  expect(types).toEqual([
    'user.created',
    'session.created',
    'user.updated',
    'session.revoked',
    'user.deleted',
  ]);
  await clerk.stop();
  sink.close();
});
