import type { Readable } from 'node:stream';
import { SMTPServer } from 'smtp-server';
import type { Messages } from './messages.ts';

const LARGEST_BYTES = 10_000_000;
/** How long those who are still connected may take when it stops: senders keep their connections. */
const CLOSE_MS = 200;

/** A mail server that delivers nothing: whatever it is sent, from and to anybody, goes into the inbox. */
export function createSmtpServer(messages: Messages): SMTPServer {
  const server = new SMTPServer({
    authOptional: true,
    // Without certificates of its own, and any user and password will do.
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(null, { user: 'anybody' }),
    disableReverseLookup: true,
    closeTimeout: CLOSE_MS,
    size: LARGEST_BYTES,
    onData(stream, { envelope }, done) {
      const to = envelope.rcptTo.map(({ address }) => address.toLowerCase());
      read(stream).then((mail) => {
        messages.add({ ...mail, to });
        done();
      }, done);
    },
  });
  // A sender that breaks off, as one that is killed does, ends its own connection and nothing else.
  server.on('error', () => {});
  return server;
}

async function read(stream: Readable) {
  // With the first mail, since it takes longer to load than all the rest.
  const { simpleParser } = await import('mailparser');
  const { messageId, from, subject, text, html } = await simpleParser(stream);
  return {
    messageId: messageId ?? '',
    from: from?.text ?? '',
    subject: subject ?? '',
    text: text ?? '',
    html: html || null,
  };
}
