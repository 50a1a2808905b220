import express from 'express';
import { Inngest } from 'inngest';
import { serve } from 'inngest/express';

/** The app of the benchmark: one function of two steps. It tells its parent about every run that ended. */
const quiet = { info() {}, warn() {}, error() {}, debug() {} };
const client = new Inngest({
  id: 'bench',
  isDev: true,
  baseUrl: process.env.INNGEST_URL ?? '',
  logger: quiet,
});
const twoSteps = client.createFunction(
  { id: 'two-steps', triggers: { event: 'bench' } },
  async ({ event, step }) => {
    const first = await step.run('first', () => ({ n: event.data.n as number }));
    await step.run('second', () => ({ n: first.n + 1 }));
    process.send?.({ done: first.n, at: Date.now() });
  },
);

const app = express();
app.use('/api/inngest', express.json({ limit: '4mb' }), serve({ client, functions: [twoSteps] }));
const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
process.on('disconnect', () => process.exit(0));
