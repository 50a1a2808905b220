import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { choosePorts } from './ports.ts';

test('a port that is taken is refused by its number and part, with the cure', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const choice = choosePorts({ port, parts: ['backend'] });
  await expect(choice).rejects.toThrow(new RegExp(`${port} \\(backend\\)[\\s\\S]*npm run dev -- --port 0`));
});

test('port 0 gives every part a free port of its own', async () => {
  const parts = ['backend', 'clerk', 'inngest', 'mongodb', 'smtp', 'inbox'] as const;
  const ports = await choosePorts({ port: 0, parts });
  expect(new Set(parts.map((part) => ports[part])).size).toBe(parts.length);
  for (const part of parts) {
    const server = createServer().listen(ports[part], '127.0.0.1');
    await once(server, 'listening');
    server.close();
  }
});
