import { listen, openStorage, runCommandLine } from '@frontdesk/emulator-kit';
import { parsePort } from '../flags.ts';
import { createMessages, migrations } from './messages.ts';
import { createSmtpServer } from './smtp.ts';
import { createInboxServer } from './web.ts';

await runCommandLine({
  help: `A mail inbox for development: takes every mail over SMTP, and shows it in the browser.

  node dev/inbox/main.ts [--smtp-port N] [--web-port N] [--data-dir DIR]

Port 0 is any free one (the default). Without --data-dir the mails are gone when it ends.`,
  options: {
    'smtp-port': { type: 'string', default: '0' },
    'web-port': { type: 'string', default: '0' },
    'data-dir': { type: 'string' },
  },
  async start(flags) {
    const storage = openStorage({ dataDir: flags['data-dir'], name: 'inbox', migrations });
    const messages = createMessages(storage);
    const smtp = createSmtpServer(messages);
    const web = createInboxServer(messages);
    const smtpAt = await listen(smtp.server, { port: parsePort(flags['smtp-port'], '--smtp-port') });
    const webAt = await listen(web, { port: parsePort(flags['web-port'], '--web-port') });
    const ready = { smtp: `smtp://${smtpAt.address}`, web: `http://${webAt.address}` };
    return {
      lines: [`inbox: ${ready.web}, SMTP: ${ready.smtp}`],
      ready,
      async stop() {
        web.closeAllConnections();
        await Promise.all([
          new Promise((done) => web.close(done)),
          new Promise<void>((done) => smtp.close(done)),
        ]);
        storage.close();
      },
    };
  },
});
