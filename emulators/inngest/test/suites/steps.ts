import {
  type Inngest,
  type InngestFunction,
  NonRetriableError,
  RetryAfterError,
  referenceFunction,
  StepError,
} from 'inngest';
import { afterEach, expect, test } from 'vitest';
import { type App, type AppOptions, startApp } from '../apps.ts';
import { ended, runsOf, type Target, until } from '../target.ts';

/**
 * What functions and their steps do: the same on the emulator and on the real server.
 *
 * @param checkpointing whether the SDK reports steps while the function runs; the real server's REST API then shows an
 *   empty output, so the outputs are compared without it
 */
export function stepTests(target: () => Target, { checkpointing }: { checkpointing: boolean }): void {
  const apps: App[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.stop();
  });
  const serve = async (
    id: string,
    define: (client: Inngest) => InngestFunction.Any[],
    options: AppOptions = {},
  ) => {
    const app = await startApp(target().url, define, { id, client: { checkpointing }, ...options });
    apps.push(app);
    await app.register();
    return app;
  };
  const send = async (app: App, event: { name: string; data?: object; id?: string; ts?: number }) => {
    const { ids } = await app.client.send(event as Parameters<Inngest['send']>[0]);
    return ids[0]!;
  };

  test('each step runs once and its result is kept', async () => {
    const id = 'memo';
    const ran: string[] = [];
    const app = await serve(id, (client) => [
      client.createFunction({ id: 'fn', triggers: { event: id } }, async ({ event, step }) => {
        ran.push('body');
        const first = await step.run('first', () => {
          ran.push('first');
          return { value: event.data.n as number, when: new Date(0), nothing: undefined };
        });
        return step.run('second', () => {
          ran.push('second');
          return { ...first, value: first.value + 1 };
        });
      }),
    ]);
    const [run] = await ended(target(), await send(app, { name: id, data: { n: 1 } }));
    expect(run).toMatchObject({
      status: 'Completed',
      output: { value: 2, when: '1970-01-01T00:00:00.000Z' },
    });
    expect(ran.filter((what) => what !== 'body')).toEqual(['first', 'second']);
    expect(ran.filter((what) => what === 'body')).toHaveLength(checkpointing ? 1 : 3);
  });

  test('a step that fails is tried again and knows which attempt it is; the next step begins anew', async () => {
    const attempts: string[] = [];
    const app = await serve('retry', (client) => [
      client.createFunction({ id: 'fn', triggers: { event: 'retry' } }, async ({ step, attempt }) => {
        await step.run('shaky', () => {
          attempts.push(`shaky ${attempt}`);
          if (attempt < 2) throw new Error('not yet');
        });
        await step.run('calm', () => attempts.push(`calm ${attempt}`));
        return 'done';
      }),
    ]);
    const [run] = await ended(target(), await send(app, { name: 'retry' }));
    expect(run).toMatchObject({ status: 'Completed', output: 'done' });
    expect(attempts).toEqual(['shaky 0', 'shaky 1', 'shaky 2', 'calm 0']);
  });

  test('a function is tried five times by default, then it fails with its last error', async () => {
    let tried = 0;
    const app = await serve('five', (client) => [
      client.createFunction({ id: 'fn', triggers: { event: 'five' } }, async () => {
        throw new TypeError(`try ${++tried}`);
      }),
    ]);
    const [run] = await ended(target(), await send(app, { name: 'five' }));
    expect(run).toMatchObject({ status: 'Failed', output: { name: 'TypeError', message: 'try 5' } });
    expect(tried).toBe(5);
  });

  test('onFailure is called once with the error and the event that started the run', async () => {
    const seen: unknown[] = [];
    const app = await serve('onfail', (client) => [
      client.createFunction(
        {
          id: 'fn',
          retries: 1,
          triggers: { event: 'onfail' },
          onFailure: ({ event, error }) => {
            seen.push([
              event.name,
              event.data.function_id,
              event.data.event.data.n,
              error.message,
              error instanceof Error,
            ]);
          },
        },
        async ({ step }) => {
          await step.run('bad', () => {
            throw new Error('it broke');
          });
        },
      ),
    ]);
    const eventId = await send(app, { name: 'onfail', data: { n: 7 } });
    await ended(target(), eventId);
    await until(target(), () => seen.length > 0);
    expect(seen).toEqual([['inngest/function.failed', 'onfail-fn', 7, 'it broke', true]]);
  });

  test('NonRetriableError ends at once, RetryAfterError says when, a caught StepError lets the function go on', async () => {
    let hopeless = 0;
    const times: number[] = [];
    const app = await serve('errors', (client) => [
      client.createFunction({ id: 'hopeless', triggers: { event: 'errors' } }, async ({ step }) => {
        await step.run('a', () => {
          hopeless++;
          throw new NonRetriableError('never');
        });
      }),
      client.createFunction({ id: 'later', triggers: { event: 'errors' } }, async ({ step }) =>
        step.run('a', () => {
          times.push(Date.now());
          if (times.length === 1) throw new RetryAfterError('busy', '2s');
          return 'later';
        }),
      ),
      client.createFunction({ id: 'caught', retries: 0, triggers: { event: 'errors' } }, async ({ step }) => {
        try {
          await step.run('a', () => {
            throw new Error('inside');
          });
        } catch (error) {
          return step.run('b', () => [error instanceof StepError, (error as Error).message]);
        }
      }),
    ]);
    const runs = await ended(target(), await send(app, { name: 'errors' }), 3);
    expect(hopeless).toBe(1);
    expect(runs.map(({ status }) => status).sort()).toEqual(['Completed', 'Completed', 'Failed']);
    expect(runs.map(({ output }) => output)).toContainEqual([true, 'inside']);
    expect(runs.map(({ output }) => output)).toContainEqual('later');
  });

  test('parallel steps run all, also where one fails or sleeps; loops repeat a step', async () => {
    const app = await serve('parallel', (client) => [
      client.createFunction({ id: 'all', triggers: { event: 'parallel' } }, async ({ step }) => {
        const tens = await Promise.all([1, 2, 3].map((n) => step.run(`times-${n}`, () => n * 10)));
        const sum = await step.run('sum', () => tens.reduce((a, b) => a + b));
        const loop: number[] = [];
        for (let i = 0; i < 3; i++) loop.push(await step.run('loop', () => i));
        return [sum, ...loop];
      }),
      client.createFunction(
        { id: 'settled', retries: 0, triggers: { event: 'parallel' } },
        async ({ step }) => {
          const results = await Promise.allSettled([
            step.run('good', () => 1),
            step.run('bad', () => {
              throw new Error('no');
            }),
            step.sleep('short', '1s'),
          ]);
          return results.map(({ status }) => status);
        },
      ),
      client.createFunction({ id: 'chains', triggers: { event: 'parallel' } }, async ({ step }) =>
        Promise.all(
          ['x', 'y'].map(async (name) => {
            const one = await step.run(`${name}-1`, () => name);
            await step.sleep(`${name}-nap`, '1s');
            return step.run(`${name}-2`, () => one + one);
          }),
        ),
      ),
    ]);
    const outputs = (await ended(target(), await send(app, { name: 'parallel' }), 3)).map(
      ({ output }) => output,
    );
    expect(outputs).toContainEqual([60, 0, 1, 2]);
    expect(outputs).toContainEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outputs).toContainEqual(['xx', 'yy']);
  });

  test('sleep and sleepUntil let the run wait without a call', async () => {
    const app = await serve('sleep', (client) => [
      client.createFunction({ id: 'fn', triggers: { event: 'sleep' } }, async ({ step }) => {
        await step.sleep('nap', '1s');
        await step.sleepUntil('until', new Date(Date.now() + 1000));
        return 'awake';
      }),
    ]);
    const [run] = await ended(target(), await send(app, { name: 'sleep' }));
    expect(run).toMatchObject({ status: 'Completed', output: 'awake' });
  });

  test('an event with a time to come starts its runs then', async () => {
    const app = await serve('future', (client) => [
      client.createFunction({ id: 'fn', triggers: { event: 'future' } }, async ({ event }) => event.ts),
    ]);
    const ts = Date.now() + 2500;
    const eventId = await send(app, { name: 'future', ts });
    await until(target(), async () => (await runsOf(target(), eventId)).length === 1);
    expect((await runsOf(target(), eventId))[0]!.status).not.toBe('Completed');
    expect((await ended(target(), eventId))[0]).toMatchObject({ status: 'Completed', output: ts });
  });

  test('sendEvent sends once and answers the ids', async () => {
    const got: string[] = [];
    const app = await serve('chain', (client) => [
      client.createFunction({ id: 'sender', triggers: { event: 'chain' } }, async ({ step }) => {
        const { ids } = await step.sendEvent('send', [
          { name: 'chain.next', data: { n: 1 } },
          { name: 'chain.next', data: { n: 2 } },
        ]);
        await step.run('after', () => undefined);
        return ids.length;
      }),
      client.createFunction({ id: 'receiver', triggers: { event: 'chain.next' } }, async ({ event }) => {
        got.push(`n${event.data.n}`);
      }),
    ]);
    const [run] = await ended(target(), await send(app, { name: 'chain' }));
    await until(target(), () => got.length >= 2);
    expect(run?.output).toBe(2);
    expect(got.sort()).toEqual(['n1', 'n2']);
  });

  test('waitForEvent takes the event that matches, or gives up at the timeout', async () => {
    const app = await serve('wait', (client) => [
      client.createFunction({ id: 'fn', triggers: { event: 'wait' } }, async ({ event, step }) => {
        const answer = await step.waitForEvent('answer', {
          event: 'wait.answer',
          timeout: event.data.timeout as string,
          if: 'event.data.id == async.data.id && async.data.ok == true',
        });
        return answer?.data ?? null;
      }),
    ]);
    const answered = await send(app, { name: 'wait', data: { id: 'a', timeout: '1h' } });
    const late = await send(app, { name: 'wait', data: { id: 'b', timeout: '2s' } });
    await until(target(), async () => (await runsOf(target(), answered))[0]?.status === 'Running');
    await target().pass(500);
    await send(app, { name: 'wait.answer', data: { id: 'other', ok: true } });
    await send(app, { name: 'wait.answer', data: { id: 'a', ok: false } });
    await send(app, { name: 'wait.answer', data: { id: 'a', ok: true, text: 'yes' } });
    expect((await ended(target(), answered))[0]?.output).toEqual({ id: 'a', ok: true, text: 'yes' });
    expect((await ended(target(), late))[0]?.output).toBeNull();
  });

  test('invoke answers what the other function returns, and throws what it throws', async () => {
    const app = await serve('invoke', (client) => {
      const child = client.createFunction({ id: 'child', retries: 0 }, async ({ event, step }) => {
        const { fail, slow, n } = event.data as { fail?: boolean; slow?: boolean; n: number };
        if (fail) throw new Error('child failed');
        if (slow) await step.sleep('long', '1h');
        return n * 2;
      });
      return [
        child,
        client.createFunction(
          { id: 'parent', retries: 0, triggers: { event: 'invoke' } },
          async ({ step }) => {
            const message = (error: Error) => error.message;
            const doubled = await step.invoke('good', { function: child, data: { n: 21 } });
            const failed = await step
              .invoke('bad', { function: referenceFunction({ functionId: 'child' }), data: { fail: true } })
              .catch(message);
            const slow = await step
              .invoke('slow', { function: child, data: { slow: true }, timeout: '2s' })
              .catch(message);
            return [doubled, failed, slow];
          },
        ),
      ];
    });
    const [run] = await ended(target(), await send(app, { name: 'invoke' }));
    expect(run?.output).toEqual([42, 'child failed', expect.stringMatching(/timed out|timeout/i)]);
  });

  test('a trigger may have a condition, and may stand for all events that begin alike', async () => {
    const seen: string[] = [];
    const app = await serve('trigger', (client) => [
      client.createFunction(
        { id: 'pro', triggers: { event: 'trigger/a', if: "event.data.plan == 'pro'" } },
        async ({ event }) => {
          seen.push(`pro ${event.data.plan}`);
        },
      ),
      client.createFunction({ id: 'any', triggers: { event: 'trigger/*' } }, async ({ event }) => {
        seen.push(`any ${event.name}`);
      }),
      client.createFunction(
        { id: 'both', triggers: [{ event: 'trigger/a' }, { event: 'trigger/b' }] },
        async ({ event }) => {
          seen.push(`both ${event.name}`);
        },
      ),
    ]);
    await ended(target(), await send(app, { name: 'trigger/a', data: { plan: 'free' } }), 2);
    await ended(target(), await send(app, { name: 'trigger/a', data: { plan: 'pro' } }), 3);
    await ended(target(), await send(app, { name: 'trigger/b' }), 2);
    expect(seen.sort()).toEqual(
      [
        'any trigger/a',
        'any trigger/a',
        'any trigger/b',
        'both trigger/a',
        'both trigger/a',
        'both trigger/b',
        'pro pro',
      ].sort(),
    );
  });

  test('two apps each have their own functions', async () => {
    const seen: string[] = [];
    const [one] = await Promise.all(
      ['one', 'two'].map((name) =>
        serve(name, (client) => [
          client.createFunction({ id: 'fn', triggers: { event: 'both.apps' } }, async () => {
            seen.push(name);
          }),
        ]),
      ),
    );
    await ended(target(), await send(one!, { name: 'both.apps' }), 2);
    expect(seen.sort()).toEqual(['one', 'two']);
  });

  // With checkpointing, nothing that large is sent.
  test.skipIf(checkpointing)('state that is too large for one request is fetched by the SDK', async () => {
    const big = 'x'.repeat(1_500_000);
    const app = await serve('large', (client) => [
      client.createFunction({ id: 'fn', triggers: { event: 'large' } }, async ({ step }) => {
        const parts: string[] = [];
        for (let i = 0; i < 4; i++) parts.push(await step.run(`part-${i}`, () => big));
        return parts.join('').length;
      }),
    ]);
    const [run] = await ended(target(), await send(app, { name: 'large' }));
    expect(run).toMatchObject({ status: 'Completed', output: 4 * big.length });
  });
}
