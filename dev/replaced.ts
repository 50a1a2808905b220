export type Environment = Readonly<Record<string, string | undefined>>;

export type EmulatedPart = 'clerk' | 'mongodb' | 'inngest' | 'mail';

/** The variables that speak of a part: with one of them set, the part is somebody else's and no emulator is started. */
const VARIABLES: Readonly<Record<EmulatedPart, readonly string[]>> = {
  clerk: [
    'CLERK_SECRET_KEY',
    'CLERK_PUBLISHABLE_KEY',
    'CLERK_WEBHOOK_SECRET',
    'CLERK_WEBHOOK_SIGNING_SECRET',
    'CLERK_JWT_KEY',
    'CLERK_API_URL',
  ],
  mongodb: ['MONGODB_URI'],
  inngest: ['INNGEST_DEV', 'INNGEST_BASE_URL', 'INNGEST_EVENT_KEY', 'INNGEST_SIGNING_KEY'],
  mail: ['SMTP_URL', 'RESEND_API_KEY'],
};

/** Whether the environment names another one. Empty counts as not set, as the backend has it. */
export function isReplaced(part: EmulatedPart, environment: Environment): boolean {
  return VARIABLES[part].some((name) => (environment[name] ?? '').trim() !== '');
}
