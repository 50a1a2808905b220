import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

const ANSWER_KEPT_BYTES = 1024;
const ANSWER_READ_BYTES = 1_000_000;

interface Answer {
  status: number;
  /** The beginning of the body. */
  text: string;
}

/** Sends a body to an address; redirects are not followed. Rejects where no whole answer comes. */
export type Post = (
  url: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
) => Promise<Answer>;

/** Connections are kept open between posts, until `close`. */
export function createPost(maxSockets: number): { post: Post; close(): void } {
  const options = { keepAlive: true, maxSockets };
  const http = new HttpAgent(options);
  const https = new HttpsAgent(options);

  const post: Post = (url, headers, body, signal) =>
    new Promise((resolve, reject) => {
      const [request, agent] = url.startsWith('https:') ? [httpsRequest, https] : [httpRequest, http];
      const length = String(Buffer.byteLength(body));
      const sent = request(
        url,
        { method: 'POST', headers: { ...headers, 'content-length': length }, agent, signal },
        (answer) => readAnswer(answer).then(resolve, reject),
      );
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // A receiver may close a connection that was kept open just as it is used again: that is no failure of its own.
        const closed = sent.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted;
        if (closed) post(url, headers, body, signal).then(resolve, reject);
        else reject(error);
      });
      sent.end(body);
    });

  return {
    post,
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

async function readAnswer(answer: IncomingMessage): Promise<Answer> {
  const kept: Buffer[] = [];
  let read = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (read < ANSWER_KEPT_BYTES) kept.push(chunk.subarray(0, ANSWER_KEPT_BYTES - read));
    read += chunk.length;
    if (read > ANSWER_READ_BYTES) break;
  }
  return { status: answer.statusCode ?? 0, text: Buffer.concat(kept).toString('utf8') };
}
