import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The route that every variant answers. */
export const PATH = '/api/users/profile';

/** What they answer with: a user's profile. */
export function profileOf(clerkId: string) {
  return {
    clerkId,
    email: `${clerkId}@shop.example`,
    name: 'Ada Lovelace',
    imageUrl: 'https://img.shop.example/ada.png',
    role: 'user' as const,
    address: [],
    wishlist: [],
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
  };
}

/** Listens on a free port, and tells the parent process. */
export async function serve(app: RequestListener): Promise<void> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ready(server);
}

/** Tells the parent process where a server listens; then it may ask what CPU time this process has used. */
export function ready(server: Server): void {
  report((server.address() as AddressInfo).port);
}

export function report(port: number): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system });
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ port });
}

/** A variable that the parent process sets. */
export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this with npm run bench`);
  return value;
}
