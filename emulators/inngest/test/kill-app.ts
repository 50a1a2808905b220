import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { Inngest } from 'inngest';
import { serve } from 'inngest/express';

/** The app of the kill test, as a program: every step that is run leaves a line in a file. */
const { INNGEST_URL = '', PORT = '0', EFFECTS = '' } = process.env;
const quiet = { info() {}, warn() {}, error() {}, debug() {} };
const client = new Inngest({ id: 'kill', isDev: true, baseUrl: INNGEST_URL, logger: quiet });
const work = async (run: string, step: string) => {
  appendFileSync(EFFECTS, `begin ${run} ${step}\n`);
  await sleep(2);
};
const fn = client.createFunction(
  { id: 'fn', retries: 20, triggers: { event: 'kill' } },
  async ({ event, step }) => {
    const n = String(event.data.n);
    await step.run('one', () => work(n, 'one'));
    await step.run('two', () => work(n, 'two'));
    await Promise.all(['three', 'four'].map((name) => step.run(name, () => work(n, name))));
    appendFileSync(EFFECTS, `end ${n}\n`);
  },
);
const app = express();
app.use('/api/inngest', express.json({ limit: '4mb' }), serve({ client, functions: [fn] }));
const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
process.on('disconnect', () => process.exit(0));
