import { z } from 'zod';
import type { Local } from '../local-json.ts';
import type { PortName } from '../ports.ts';
import { type Environment, isReplaced } from '../replaced.ts';
import type { Part, PartOptions } from './part.ts';

/** What the backend works with: where each service is, and the variables that tell the backend so. */
export interface Services {
  local: Omit<Local, 'api'>;
  variables: Record<string, string>;
}

export interface EmulatorsOptions {
  environment: Environment;
  ports: Readonly<Record<PortName, number>>;
  /** The backend's address, to be. */
  api: string;
  dataFolder: string;
  start<Ready>(
    part: Pick<PartOptions<Ready>, 'name' | 'program' | 'args' | 'ready' | 'onReadyAgain'>,
  ): Part<Ready>;
  onInngestAgain(): void;
}

const DATABASE = 'frontdesk';

const clerkReady = z.object({
  apiUrl: z.string(),
  publishableKey: z.string(),
  secretKey: z.string(),
  jwtKey: z.string(),
  webhookSecret: z.string(),
});
const mongodbReady = z.object({ uri: z.string() });
const inngestReady = z.object({ url: z.string() });
const inboxReady = z.object({ smtp: z.string(), web: z.string() });

/** The emulators that a set of ports is needed for. */
export function emulatedPorts(environment: Environment): PortName[] {
  const ports: PortName[] = [];
  if (!isReplaced('clerk', environment)) ports.push('clerk');
  if (!isReplaced('mongodb', environment)) ports.push('mongodb');
  if (!isReplaced('inngest', environment)) ports.push('inngest');
  if (!isReplaced('mail', environment)) ports.push('smtp', 'inbox');
  return ports;
}

/** Starts what no variable replaces, all at once, and answers where everything is. */
export async function startEmulators(options: EmulatorsOptions): Promise<Services> {
  const [clerk, mongodb, inngest, mail] = await Promise.all([
    startClerk(options),
    startMongodb(options),
    startInngest(options),
    startInbox(options),
  ]);
  return {
    local: { clerk: clerk.local, mongodb: mongodb.local, inngest: inngest.local, mail: mail.local },
    variables: { ...clerk.variables, ...mongodb.variables, ...inngest.variables, ...mail.variables },
  };
}

interface Service<T> {
  local: T;
  /** None where somebody else's is used: then the environment has them already. */
  variables: Record<string, string>;
}

async function startClerk({
  environment,
  ports,
  api,
  dataFolder,
  start,
}: EmulatorsOptions): Promise<Service<Local['clerk']>> {
  if (isReplaced('clerk', environment)) {
    const local = {
      apiUrl: trimmed(environment.CLERK_API_URL || 'https://api.clerk.com'),
      secretKey: environment.CLERK_SECRET_KEY ?? '',
      publishableKey: environment.CLERK_PUBLISHABLE_KEY ?? '',
      jwtKey: environment.CLERK_JWT_KEY ?? '',
      webhookSecret: environment.CLERK_WEBHOOK_SECRET || (environment.CLERK_WEBHOOK_SIGNING_SECRET ?? ''),
    };
    return { local, variables: {} };
  }
  const local = await start({
    name: 'clerk',
    program: new URL('../../emulators/clerk/src/main.ts', import.meta.url),
    args: [
      '--port',
      `${ports.clerk}`,
      '--data-dir',
      dataFolder,
      '--webhook-url',
      `${api}/api/webhooks/clerk`,
    ],
    ready: clerkReady,
  }).ready;
  const variables = {
    CLERK_API_URL: local.apiUrl,
    CLERK_SECRET_KEY: local.secretKey,
    CLERK_PUBLISHABLE_KEY: local.publishableKey,
    CLERK_JWT_KEY: local.jwtKey,
    CLERK_WEBHOOK_SECRET: local.webhookSecret,
  };
  return { local, variables };
}

async function startMongodb({
  environment,
  ports,
  dataFolder,
  start,
}: EmulatorsOptions): Promise<Service<string>> {
  if (isReplaced('mongodb', environment))
    return { local: trimmed(environment.MONGODB_URI ?? ''), variables: {} };
  const { uri } = await start({
    name: 'mongodb',
    program: new URL('../../emulators/mongo/src/main.ts', import.meta.url),
    args: ['--port', `${ports.mongodb}`, '--data-dir', dataFolder],
    ready: mongodbReady,
  }).ready;
  const database = new URL(uri);
  database.pathname = DATABASE;
  return { local: database.href, variables: { MONGODB_URI: database.href } };
}

async function startInngest({
  environment,
  ports,
  dataFolder,
  start,
  onInngestAgain,
}: EmulatorsOptions): Promise<Service<string>> {
  if (isReplaced('inngest', environment)) return { local: inngestOf(environment), variables: {} };
  const { url } = await start({
    name: 'inngest',
    program: new URL('../../emulators/inngest/src/main.ts', import.meta.url),
    args: ['--port', `${ports.inngest}`, '--data-dir', dataFolder],
    ready: inngestReady,
    onReadyAgain: onInngestAgain,
  }).ready;
  return { local: url, variables: { INNGEST_DEV: url } };
}

async function startInbox({
  environment,
  ports,
  dataFolder,
  start,
}: EmulatorsOptions): Promise<Service<Local['mail']>> {
  if (isReplaced('mail', environment)) {
    return {
      local: { smtp: trimmed(environment.SMTP_URL || 'smtps://smtp.resend.com'), web: '' },
      variables: {},
    };
  }
  const local = await start({
    name: 'inbox',
    program: new URL('../inbox/main.ts', import.meta.url),
    args: ['--smtp-port', `${ports.smtp}`, '--web-port', `${ports.inbox}`, '--data-dir', dataFolder],
    ready: inboxReady,
  }).ready;
  return { local, variables: { SMTP_URL: local.smtp } };
}

/** A dev server by its address, or where `inngest dev` is by itself, or a server of one's own, or Inngest Cloud. */
function inngestOf({ INNGEST_DEV: dev = '', INNGEST_BASE_URL: base = '' }: Environment): string {
  if (/^https?:/.test(dev)) return trimmed(dev);
  if (base !== '') return trimmed(base);
  return dev === '' || dev === '0' ? 'https://api.inngest.com' : 'http://127.0.0.1:8288';
}

function trimmed(address: string): string {
  return address.trim().replace(/\/+$/, '');
}
