import { createTransport } from 'nodemailer';
import type { Logger } from 'pino';
import type { Env } from '../config/env.ts';
import type { Mailer } from './mailer.ts';

export interface MailerOptions {
  env: Pick<Env, 'mail'>;
  log: Logger;
}

/** All of a conversation with a mail server that stalls, ms. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/**
 * Sends through `SMTP_URL`, or else through Resend's SMTP server with `RESEND_API_KEY`. With neither, it says so once and
 * sends nothing.
 */
export function createMailer({ env, log }: MailerOptions): Mailer {
  const { smtpUrl, resendApiKey, from } = env.mail;
  const server = smtpUrl === undefined ? resend(resendApiKey) : fromUrl(smtpUrl);
  if (server === undefined) return noMailer(log);
  const transport = createTransport({ ...server, ...TIMEOUTS, pool: true, maxConnections: 5 });
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

function resend(apiKey: string | undefined) {
  if (apiKey === undefined) return undefined;
  return { host: 'smtp.resend.com', port: 465, secure: true, auth: { user: 'resend', pass: apiKey } };
}

function fromUrl(address: string) {
  const url = new URL(address);
  const secure = url.protocol === 'smtps:';
  const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (secure ? 465 : 587)),
    secure,
    ...(user === '' ? {} : { auth: { user, pass } }),
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
