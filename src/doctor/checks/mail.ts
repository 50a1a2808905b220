import { createTransport } from 'nodemailer';
import type { Env } from '../../config/env.ts';
import { scrub } from '../../config/log.ts';
import { mailServer } from '../../mail/mail-server.ts';
import { type Finding, fine, trouble } from '../finding.ts';

/** Whether the mail server answers and takes the credentials. Nothing is sent. */
export async function checkMail({ mail, nodeEnv }: Pick<Env, 'mail' | 'nodeEnv'>): Promise<Finding> {
  const server = mailServer(mail);
  if (server === undefined) return fine('none is sent: neither SMTP_URL nor RESEND_API_KEY is set');
  const where = `${server.host}:${server.port}`;
  const transport = createTransport(server);
  try {
    await transport.verify();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === 'EAUTH') {
      return trouble(
        `${where} refuses the user or the password`,
        'Check SMTP_URL, or copy RESEND_API_KEY again.',
      );
    }
    return trouble(
      `the mail server at ${where} does not answer as it should: ${scrub(message)}`,
      'Check SMTP_URL (smtps:// for port 465), and that the firewall lets this machine out. Welcome e-mails wait and are tried again.',
    );
  } finally {
    transport.close();
  }
  if (nodeEnv === 'production' && /@localhost\b/.test(mail.from)) {
    return trouble(
      'MAIL_FROM is not set: mail would come from an address at localhost, and be refused',
      'Set it to an address of a domain that your mail server may send for: MAIL_FROM="Shop <hello@shop.example>".',
    );
  }
  return fine(`${where} answers`);
}
