import { createTransport } from 'nodemailer';
import type { Logger } from 'pino';
import type { Env } from '../config/env.ts';
import { mailServer } from './mail-server.ts';
import type { Mailer } from './mailer.ts';

export interface MailerOptions {
  env: Pick<Env, 'mail'>;
  log: Logger;
}

/**
 * Sends through `SMTP_URL`, or else through Resend's SMTP server with `RESEND_API_KEY`. With neither, it says so once and
 * sends nothing.
 */
export function createMailer({ env, log }: MailerOptions): Mailer {
  const { from } = env.mail;
  const server = mailServer(env.mail);
  if (server === undefined) return noMailer(log);
  const transport = createTransport({ ...server, pool: true, maxConnections: 5 });
  const domain = /@([\w.-]+)/.exec(from)?.[1] ?? 'localhost';
  return {
    async send({ key, ...mail }) {
      const headers = { 'Resend-Idempotency-Key': key, 'Auto-Submitted': 'auto-generated' };
      await transport.sendMail({ ...mail, from, headers, messageId: `<${key}@${domain}>` });
      return true;
    },
    close: () => transport.close(),
  };
}

function noMailer(log: Logger): Mailer {
  let isTold = false;
  return {
    async send() {
      if (!isTold) log.warn('no e-mail is sent: set SMTP_URL or RESEND_API_KEY');
      isTold = true;
      return false;
    },
    close() {},
  };
}
