import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface Inbox {
  smtpUrl: string;
  /** What has arrived, the oldest first. */
  mails: ParsedMail[];
  /** Refuses so many of the next mails for now (SMTP 451). */
  refuseNext(count: number): void;
  stop(): Promise<void>;
}

/** A mail server that keeps what it is sent. */
export async function startInbox(): Promise<Inbox> {
  const mails: ParsedMail[] = [];
  let refusals = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 100,
    onData(stream, _session, done) {
      void simpleParser(stream).then((mail) => {
        if (refusals > 0) {
          refusals -= 1;
          done(Object.assign(new Error('try again later'), { responseCode: 451 }));
          return;
        }
        mails.push(mail);
        done();
      }, done);
    },
  });
  // A sender that breaks off is no reason to end.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    smtpUrl: `smtp://127.0.0.1:${port}`,
    mails,
    refuseNext(count) {
      refusals = count;
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
