import { z } from 'zod';
import { issuerOf, jwtKeyFault } from './keys.ts';

type NodeEnv = 'development' | 'test' | 'production';

/** The environment, parsed: what the rest of the backend reads instead of `process.env`. */
export interface Env {
  nodeEnv: NodeEnv;
  port: number;
  host: string;
  clerk: {
    publishableKey: string;
    secretKey: string;
    /** Any of them may have signed a webhook: more than one while a secret is being rotated. */
    webhookSecrets: string[];
    /** The instance's public key as PEM; without it the keys are fetched from Clerk. */
    jwtKey: string | undefined;
    apiUrl: string;
    /** Origins that a token's `azp` may name; none: it is not looked at. */
    authorizedParties: string[];
    /** The dotted path of the role in the session claims. */
    roleClaim: string;
    /** What a token's `iss` must be. */
    issuer: string;
  };
  /** In lower case (B14). */
  adminEmails: string[];
  mongodbUri: string;
  inngest: {
    eventKey: string | undefined;
    signingKey: string | undefined;
    baseUrl: string | undefined;
    /** True, or the dev server's address: development only. */
    dev: boolean | string;
  };
  mail: { smtpUrl: string | undefined; resendApiKey: string | undefined; from: string };
  /** How long a user may be remembered between two reads, ms; 0: never. */
  userCacheMs: number;
  /** Requests a minute and client; 0: no limit. */
  rateLimitPerMinute: number;
  /** How long ago an administrator may have proved who he is to change something, minutes; 0: it is not asked. */
  adminReverifyMinutes: number;
  /** How long the audit is kept, days. */
  auditDays: number;
  /** Express's `trust proxy`. */
  trustProxy: boolean | number | string;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

/** The environment does not do: the message lists every fault and how to mend it, and holds no value of a secret. */
export class EnvError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The environment cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'EnvError';
    this.faults = faults;
  }
}

const PRODUCTION_ONLY = 'set it, or NODE_ENV=development for a laptop';

/** Empty counts as not set: that is what `NAME=` in a .env file means to whoever writes it. */
const optional = z.preprocess((value) => (value === '' ? undefined : value), z.string().trim().optional());
const list = optional.transform((value) =>
  (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

const matching = (pattern: RegExp, cure: string) =>
  z
    .string({ error: `is not set: ${cure}` })
    .trim()
    .regex(pattern, `is not valid: ${cure}`);
const httpUrl = (cure: string) =>
  optional.refine(
    (value) => value === undefined || /^https?:\/\/[^\s]+$/.test(value),
    `is not valid: ${cure}`,
  );
const wholeNumber = (fallback: number, most: number, least = 0) =>
  optional
    .transform((value) => (value === undefined ? fallback : /^\d+$/.test(value) ? Number(value) : Number.NaN))
    .refine(
      (value) => value >= least && value <= most,
      `is not valid: use a whole number from ${least} to ${most}`,
    );

const clerkDashboard = 'copy it from Clerk’s dashboard, API keys';
const webhookCure = 'copy the signing secret (whsec_…) of your endpoint from Clerk’s dashboard, Webhooks';

const schema = z.object({
  NODE_ENV: optional.pipe(
    z
      .enum(['development', 'test', 'production'], 'is not valid: use development, test or production')
      .default('production'),
  ),
  PORT: wholeNumber(3000, 65_535),
  HOST: optional.transform((value) => value ?? '0.0.0.0'),
  CLERK_PUBLISHABLE_KEY: matching(
    /^pk_(test|live)_[A-Za-z0-9+/=_-]+$/,
    `${clerkDashboard} (pk_test_… or pk_live_…)`,
  ).refine(holdsHost, `is not valid: it holds no address of an instance; ${clerkDashboard}`),
  CLERK_SECRET_KEY: matching(/^sk_(test|live)_\S+$/, `${clerkDashboard} (sk_test_… or sk_live_…)`),
  CLERK_WEBHOOK_SECRET: optional,
  CLERK_WEBHOOK_SIGNING_SECRET: optional,
  CLERK_JWT_KEY: optional.superRefine((value, context) => {
    const fault = value === undefined ? undefined : jwtKeyFault(value);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  }),
  CLERK_PROXY_URL: httpUrl('use the address at which Clerk’s Frontend API is proxied, or leave it out'),
  CLERK_API_URL: httpUrl('use Clerk’s API address, or leave it out'),
  CLERK_AUTHORIZED_PARTIES: list.refine(
    (origins) => origins.every((origin) => /^[a-z][a-z0-9+.-]*:\/\/[^/\s]+$/i.test(origin)),
    'is not valid: use origins without a path, separated by commas (https://shop.example)',
  ),
  CLERK_ROLE_CLAIM: optional
    .transform((value) => value ?? 'role')
    .refine(
      (path) => /^[\w-]+(\.[\w-]+)*$/.test(path),
      'is not valid: use a claim’s name or dotted path, such as metadata.role',
    ),
  ADMIN_EMAIL: list
    .transform((emails) => emails.map((email) => email.toLowerCase()))
    .refine(
      (emails) => emails.every((email) => /^[^@\s]+@[^@\s]+$/.test(email)),
      'is not valid: use e-mail addresses separated by commas',
    ),
  MONGODB_URI: optional.refine(
    (value) => value === undefined || /^mongodb(\+srv)?:\/\/\S+$/.test(value),
    'is not valid: use mongodb://… or mongodb+srv://…',
  ),
  INNGEST_EVENT_KEY: optional,
  INNGEST_SIGNING_KEY: optional,
  INNGEST_BASE_URL: httpUrl('use the address of your own Inngest server, or leave it out for Inngest Cloud'),
  INNGEST_DEV: optional,
  SMTP_URL: optional.refine(
    (value) => value === undefined || /^smtps?:\/\/\S+$/.test(value),
    'is not valid: use smtp://… or smtps://…',
  ),
  RESEND_API_KEY: optional.refine(
    (value) => value === undefined || /^re_\S+$/.test(value),
    'is not valid: Resend’s keys begin with re_',
  ),
  MAIL_FROM: optional.transform((value) => value ?? 'Frontdesk <no-reply@localhost>'),
  USER_CACHE_MS: wholeNumber(1000, 60_000),
  RATE_LIMIT_PER_MINUTE: wholeNumber(1200, 1_000_000),
  ADMIN_REVERIFY_MINUTES: wholeNumber(0, 1440),
  AUDIT_DAYS: wholeNumber(90, 3650, 1),
  TRUST_PROXY: optional.transform(trustProxy),
  LOG_LEVEL: optional.pipe(
    z
      .enum(
        ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
        'is not valid: use fatal, error, warn, info, debug, trace or silent',
      )
      .default('info'),
  ),
});

/**
 * Reads the environment (A1, A2).
 *
 * @throws EnvError listing every fault at once
 */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const parsed = schema.safeParse(source);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new EnvError([...new Set([...faults, ...relationFaults(source)])]);
  }
  const faults = relationFaults(source);
  if (faults.length > 0) throw new EnvError(faults);
  return shape(parsed.data);
}

/** The faults that more than one variable makes; they look at the source, so that they are told beside the others. */
function relationFaults(source: Record<string, string | undefined>): string[] {
  const faults: string[] = [];
  const set = (name: string) => (source[name] ?? '').trim() !== '';
  const secrets = webhookSecrets(source.CLERK_WEBHOOK_SECRET, source.CLERK_WEBHOOK_SIGNING_SECRET);
  if (secrets.length === 0) faults.push(`CLERK_WEBHOOK_SECRET is not set: ${webhookCure}`);
  if (!secrets.every(isWebhookSecret)) faults.push(`CLERK_WEBHOOK_SECRET is not valid: ${webhookCure}`);

  const kind = (name: string) => /^[ps]k_(test|live)_/.exec((source[name] ?? '').trim())?.[1];
  const [publishable, secret] = [kind('CLERK_PUBLISHABLE_KEY'), kind('CLERK_SECRET_KEY')];
  if (publishable && secret && publishable !== secret) {
    faults.push(
      `CLERK_SECRET_KEY is of a ${secret} instance and CLERK_PUBLISHABLE_KEY of a ${publishable} one: copy both from the same instance`,
    );
  }
  const production = ((source.NODE_ENV ?? '').trim() || 'production') === 'production';
  if (!production) return faults;
  if (!set('MONGODB_URI')) faults.push(`MONGODB_URI is not set: ${PRODUCTION_ONLY}`);
  if (!set('INNGEST_EVENT_KEY')) faults.push(`INNGEST_EVENT_KEY is not set: ${PRODUCTION_ONLY}`);
  if (!set('INNGEST_SIGNING_KEY')) faults.push(`INNGEST_SIGNING_KEY is not set: ${PRODUCTION_ONLY}`);
  if (inngestDev(source.INNGEST_DEV) !== false) {
    faults.push(
      'INNGEST_DEV is for development only, where calls need no signature: remove it, or set it to 0',
    );
  }
  return faults;
}

function shape(raw: z.output<typeof schema>): Env {
  return {
    nodeEnv: raw.NODE_ENV,
    port: raw.PORT,
    host: raw.HOST,
    clerk: {
      publishableKey: raw.CLERK_PUBLISHABLE_KEY,
      secretKey: raw.CLERK_SECRET_KEY,
      webhookSecrets: webhookSecrets(raw.CLERK_WEBHOOK_SECRET, raw.CLERK_WEBHOOK_SIGNING_SECRET),
      jwtKey: raw.CLERK_JWT_KEY,
      apiUrl: (raw.CLERK_API_URL ?? 'https://api.clerk.com').replace(/\/+$/, ''),
      authorizedParties: raw.CLERK_AUTHORIZED_PARTIES,
      roleClaim: raw.CLERK_ROLE_CLAIM,
      issuer: raw.CLERK_PROXY_URL?.replace(/\/+$/, '') ?? issuerOf(raw.CLERK_PUBLISHABLE_KEY),
    },
    adminEmails: raw.ADMIN_EMAIL,
    mongodbUri: raw.MONGODB_URI ?? 'mongodb://127.0.0.1:27017/frontdesk',
    inngest: {
      eventKey: raw.INNGEST_EVENT_KEY,
      signingKey: raw.INNGEST_SIGNING_KEY,
      baseUrl: raw.INNGEST_BASE_URL?.replace(/\/+$/, ''),
      dev: inngestDev(
        raw.INNGEST_DEV,
        raw.NODE_ENV !== 'production' && raw.INNGEST_SIGNING_KEY === undefined,
      ),
    },
    mail: { smtpUrl: raw.SMTP_URL, resendApiKey: raw.RESEND_API_KEY, from: raw.MAIL_FROM },
    userCacheMs: raw.USER_CACHE_MS,
    rateLimitPerMinute: raw.RATE_LIMIT_PER_MINUTE,
    adminReverifyMinutes: raw.ADMIN_REVERIFY_MINUTES,
    auditDays: raw.AUDIT_DAYS,
    trustProxy: raw.TRUST_PROXY,
    logLevel: raw.LOG_LEVEL,
  };
}

function holdsHost(publishableKey: string): boolean {
  try {
    return issuerOf(publishableKey) !== '';
  } catch {
    return false;
  }
}

/** Both names count (A2), each may hold several secrets separated by spaces or commas, as during a rotation. */
function webhookSecrets(...values: (string | undefined)[]): string[] {
  return [...new Set(values.flatMap((value) => (value ?? '').split(/[\s,]+/)).filter(Boolean))];
}

function isWebhookSecret(secret: string): boolean {
  return /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret) && Buffer.from(secret.slice(6), 'base64').length >= 16;
}

/** @param fallback what it is where the variable is not set: a laptop without keys has a dev server */
function inngestDev(value: string | undefined, fallback = false): boolean | string {
  const text = (value ?? '').trim();
  if (text === '') return fallback;
  if (['0', 'false', 'no', 'off'].includes(text.toLowerCase())) return false;
  return /^https?:\/\//.test(text) ? text.replace(/\/+$/, '') : true;
}

/** `true`, a number of proxies, or addresses, as Express takes them. */
function trustProxy(value: string | undefined): boolean | number | string {
  if (value === undefined || value === 'false' || value === '0') return false;
  if (value === 'true') return true;
  return /^\d+$/.test(value) ? Number(value) : value;
}
