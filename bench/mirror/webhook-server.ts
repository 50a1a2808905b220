import express from 'express';
import { connectDatabase, createIndexes } from '../../src/config/database.ts';
import { createLog } from '../../src/config/log.ts';
import { requestLog } from '../../src/http/request-log.ts';
import { listen } from '../../src/http/server.ts';
import { createForwarder } from '../../src/identity/forward.ts';
import { createInngest } from '../../src/identity/inngest-client.ts';
import { createLedger } from '../../src/identity/ledger.ts';
import { ledgerModel } from '../../src/identity/ledger-model.ts';
import { createWebhook } from '../../src/identity/webhook.ts';

/** The webhook's whole path in a process of its own: what a backend does when Clerk delivers. */
const [mongodbUri = '', inngestUrl = '', secret = ''] = process.argv.slice(2);
const log = createLog({ logLevel: 'warn' });
const now = Date.now;
const connection = await connectDatabase(mongodbUri);
const ledger = createLedger({ events: ledgerModel(connection), now });
await createIndexes(connection);
const inngest = createInngest({
  env: { inngest: { dev: inngestUrl, eventKey: 'key', signingKey: undefined, baseUrl: undefined } },
  log,
});
const app = express();
app.use(requestLog(log));
const forward = createForwarder({ inngest, ledger, now, log });
app.post('/api/webhooks/clerk', createWebhook({ secrets: [secret], forward, now, log }));
const server = await listen(app, { host: '127.0.0.1', port: 0 });
process.send?.({ url: server.url });
process.on('message', () => process.send?.({ cpu: process.cpuUsage(), memory: process.memoryUsage().rss }));
