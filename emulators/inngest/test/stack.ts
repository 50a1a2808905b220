import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Inngest, type InngestFunction } from 'inngest';
import { serve } from 'inngest/express';

const quiet = { info() {}, warn() {}, error() {}, debug() {} };

/** An Express app with these functions at /api/inngest, as its author would write it. */
export async function startApp(
  inngestUrl: string,
  define: (client: Inngest) => InngestFunction.Any[],
  { id = 'app', port = 0, client: clientOptions = {} }: { id?: string; port?: number; client?: object } = {},
) {
  const client = new Inngest({ id, isDev: true, baseUrl: inngestUrl, logger: quiet, ...clientOptions });
  const app = express();
  app.use('/api/inngest', express.json({ limit: '8mb' }), serve({ client, functions: define(client) }));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    client,
    port: address.port,
    url: `http://127.0.0.1:${address.port}/api/inngest`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
