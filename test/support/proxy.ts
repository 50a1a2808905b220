import { connect, createServer, type Socket } from 'node:net';
import { listen } from '@frontdesk/emulator-kit';

export interface Proxy {
  port: number;
  /** What the client sends waits here until `release`: its process has stalled, or the network has. */
  hold(): void;
  release(): void;
  /** The next answer is lost, and its connection with it; what was asked for has happened. */
  loseAnswer(): void;
  /** The server has gone away: every connection breaks, and no new one holds, until `mend`. */
  cut(): void;
  mend(): void;
  /** How many connections have found nobody since it was cut. */
  refusals(): number;
  stop(): Promise<void>;
}

/** Stands between a client and a server, so that a test can decide what happens on the way. */
export async function startProxy(target: { host: string; port: number }): Promise<Proxy> {
  const clients = new Set<Socket>();
  let isHeld = false;
  let isLosing = false;
  let isCut = false;
  let refusals = 0;

  const server = createServer((client) => {
    if (isCut) {
      refusals += 1;
      client.destroy();
      return;
    }
    const upstream = connect(target);
    clients.add(client);
    if (isHeld) client.pause();
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      if (isLosing) client.destroy();
      else client.write(chunk);
      isLosing = false;
    });
    client.on('error', () => client.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => upstream.destroy()).on('close', () => client.destroy());
    client.on('close', () => clients.delete(client));
  });
  const { port } = await listen(server, { port: 0 });

  return {
    port,
    hold() {
      isHeld = true;
      for (const client of clients) client.pause();
    },
    release() {
      isHeld = false;
      for (const client of clients) client.resume();
    },
    loseAnswer() {
      isLosing = true;
    },
    cut() {
      isCut = true;
      refusals = 0;
      for (const client of clients) client.destroy();
    },
    mend() {
      isCut = false;
    },
    refusals: () => refusals,
    async stop() {
      for (const client of clients) client.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
