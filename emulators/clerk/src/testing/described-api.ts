import { createServer } from 'node:http';
import { listen } from '@frontdesk/emulator-kit';
import { readDescription } from './descriptions.ts';

export interface DescribedApi {
  /** To be used in place of the emulator's own address. */
  url: string;
  /** What was answered other than described; `described` says whether there was a description to compare with. */
  faults: string[];
  described: boolean;
  /** The calls that were compared, such as `GET /users/{user_id} 200`. */
  compared: Set<string>;
  close(): Promise<void>;
}

/** Stands between a client and the emulator, and compares every answer with Clerk's own description of its API. */
export async function startDescribedApi(apiUrl: string): Promise<DescribedApi> {
  const description = readDescription('bapi-2026-05-12.yml');
  const templates = (description?.paths ?? []).map((path) => ({
    path,
    pattern: new RegExp(`^/v1${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
  }));
  const faults: string[] = [];
  const compared = new Set<string>();

  const schemas = new Map<string, object | undefined>();
  const schemaOf = (path: string, method: string, status: number) => {
    const key = `${method} ${path} ${status}`;
    if (!schemas.has(key)) schemas.set(key, description?.answer(path, method, status));
    return schemas.get(key) as Record<string, unknown> | undefined;
  };

  const compare = (method: string, url: string, status: number, body: unknown) => {
    const { pathname, searchParams } = new URL(url, apiUrl);
    // A literal path such as /users/count comes before one with a parameter.
    const found = templates.filter(({ pattern }) => pattern.test(pathname));
    const path = found.toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)[0]?.path;
    const schema = path && schemaOf(path, method, status);
    if (!schema) return;
    compared.add(`${method} ${path} ${status}`);
    // The SDK asks for pages of sessions, which the description does not have.
    const paged = path === '/sessions' && status === 200 && searchParams.has('paginated');
    const value = paged ? (body as { data: unknown }).data : body;
    for (const fault of description?.faults(schema, value) ?? []) {
      faults.push(`${method} ${path} ${status}: ${fault}`);
    }
  };

  const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = 'GET', url = '/' } = request;
    const headers = new Headers();
    for (const name of ['authorization', 'clerk-api-version', 'content-type', 'user-agent']) {
      const value = request.headers[name];
      if (value !== undefined) headers.set(name, String(value));
    }
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    const answer = await fetch(`${apiUrl}${url}`, { method, headers, ...body });
    const text = await answer.text();
    compare(method, url, answer.status, JSON.parse(text));
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(text);
  });
  const { address } = await listen(server, {});
  return {
    url: `http://${address}`,
    faults,
    compared,
    described: description !== undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
