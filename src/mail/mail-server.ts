import type { Env } from '../config/env.ts';

/** All of a conversation with a mail server that stalls, ms. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/** The mail server of the environment as nodemailer takes it: `SMTP_URL`, or Resend's; undefined where there is none. */
export function mailServer({ smtpUrl, resendApiKey }: Pick<Env['mail'], 'smtpUrl' | 'resendApiKey'>) {
  const server = smtpUrl === undefined ? resend(resendApiKey) : fromUrl(smtpUrl);
  return server && { ...server, ...TIMEOUTS };
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
