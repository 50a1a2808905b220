import { createServer, type IncomingHttpHeaders } from 'node:http';
import { listen } from '@frontdesk/emulator-kit';

/** A webhook as it arrived. */
export interface Received {
  id: string;
  type: string;
  body: string;
  headers: IncomingHttpHeaders;
}

/** What the receiver answers: a status, or nothing ever. */
type Answer = number | 'nothing';

export interface Receiver {
  url: string;
  /** Everything that arrived, whatever was answered. */
  received: Received[];
  /** What is answered from now on; 200 at first. */
  answer: (webhook: Received) => Answer;
  close(): Promise<void>;
}

/** An endpoint for webhooks. */
export async function startReceiver(): Promise<Receiver> {
  const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const { headers } = request;
    const { type } = JSON.parse(body) as { type: string };
    const webhook = { id: String(headers['svix-id']), type, body, headers };
    receiver.received.push(webhook);
    const answer = receiver.answer(webhook);
    if (answer !== 'nothing') response.writeHead(answer).end('noted');
  });
  const { address } = await listen(server, {});
  const receiver: Receiver = {
    url: `http://${address}/webhooks`,
    received: [],
    answer: () => 200,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
