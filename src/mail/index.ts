export type { Mailer } from './mailer.ts';
export { createMailer } from './smtp-mailer.ts';
