import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Inbox, startInbox } from '../../test/support/inbox.ts';
import { createMailer, type Mailer } from './index.ts';
import { welcomeEmail } from './welcome-email.ts';

let inbox: Inbox;
let mailer: Mailer;
beforeEach(async () => {
  inbox = await startInbox();
  const mail = { smtpUrl: inbox.smtpUrl, resendApiKey: undefined, from: 'Shop <shop@shop.example>' };
  mailer = createMailer({ env: { mail }, log: pino({ level: 'silent' }) });
});
afterEach(async () => {
  mailer.close();
  await inbox.stop();
});

const send = (name: string) => mailer.send(welcomeEmail({ clerkId: 'user_1', name, to: 'ada@shop.example' }));

describe('the welcome e-mail', () => {
  test('A17 greets by name, from MAIL_FROM, as text and HTML', async () => {
    expect(await send('Ada Lovelace')).toBe(true);
    const [mail] = inbox.mails;
    expect(mail?.from?.text).toBe('"Shop" <shop@shop.example>');
    expect(mail?.subject).toBe('Welcome, Ada Lovelace');
    expect(mail?.text).toContain('Hello Ada Lovelace,');
    expect(mail?.html).toContain('Hello Ada Lovelace,');
  });

  test('a name is text: no markup, no further header, no end', async () => {
    await send(`<img src=x onerror="alert(1)"> &\r\nBcc: all@shop.example\r\n${'x'.repeat(500)}`);
    const [mail] = inbox.mails;
    expect(mail?.html).not.toContain('<img');
    expect(mail?.html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp;');
    expect(mail?.headers.has('bcc')).toBe(false);
    expect(mail?.subject?.length).toBeLessThan(120);
  });

  test('B9 the same e-mail has the same Message-ID and the same key for Resend', async () => {
    await send('Ada');
    await send('Ada');
    const ids = inbox.mails.map(({ messageId }) => messageId);
    expect(ids).toEqual(['<welcome-user_1@shop.example>', '<welcome-user_1@shop.example>']);
    expect(inbox.mails[0]?.headers.get('resend-idempotency-key')).toBe('welcome-user_1');
  });
});

test('without a mail server nothing is sent, and that is said once', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
  const none = createMailer({
    env: { mail: { smtpUrl: undefined, resendApiKey: undefined, from: 'a@b.c' } },
    log,
  });
  const mail = welcomeEmail({ clerkId: 'user_1', name: 'Ada', to: 'ada@shop.example' });
  expect(await none.send(mail)).toBe(false);
  expect(await none.send(mail)).toBe(false);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('SMTP_URL');
});
