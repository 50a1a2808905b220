import { spawn } from 'node:child_process';
import autocannon from 'autocannon';
import { PATH } from './servers/answer.ts';
import type { Variant } from './variants.ts';

/** What one round of load has shown. */
export interface Round {
  /** Requests answered in a second. */
  rate: number;
  /** CPU time of all the server's threads for one request, µs. */
  cpu: number;
  /** CPU time of a request whose token is new, µs. */
  first: number;
  /** 99th percentile of the response time, ms. */
  p99: number;
}

type Load = { connections: number } & ({ seconds: number } | { requests: number });

/** A variant that runs, in a process of its own. */
export interface Contender {
  variant: Variant;
  /**
   * Asks once with each token, and then for so many seconds, or so many times.
   *
   * @throws Error where anything but 200 came back
   */
  load(tokens: readonly string[], options: Load): Promise<Round>;
  stop(): Promise<void>;
}

/** @param pinned whether the server gets the first core to itself (`taskset`) */
export async function startContender(
  variant: Variant,
  environment: Record<string, string>,
  pinned: boolean,
): Promise<Contender> {
  const program = new URL(variant.program, import.meta.url).pathname;
  const command = [...(pinned ? ['taskset', '-c', '0'] : []), process.execPath, program];
  const child = spawn(command[0] as string, command.slice(1), {
    env: { PATH: process.env.PATH, ...environment, ...variant.environment },
    // Logs are written, as in production, and go nowhere.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const answer = <T>() =>
    new Promise<T>((resolve, reject) => {
      const ended = () => reject(new Error(`${variant.name} ended`));
      child.once('exit', ended).once('message', (message) => {
        child.off('exit', ended);
        resolve(message as T);
      });
    });
  const cpuMicros = async () => {
    const answered = answer<{ cpuMicros: number }>();
    child.send('cpu');
    return (await answered).cpuMicros;
  };
  const { port } = await answer<{ port: number }>();

  return {
    variant,
    async load(tokens, { connections, ...until }) {
      const requests = tokens.map((token) => ({ headers: { authorization: `Bearer ${token}` } }));
      const ask = async (until: { duration: number } | { amount: number }) => {
        let started = 0;
        const before = await cpuMicros();
        const result = await autocannon({
          ...until,
          url: `http://127.0.0.1:${port}${PATH}`,
          connections,
          // Each connection begins with another user, as otherwise all would ask for the same one at once.
          setupClient(client) {
            const first = Math.floor((started * requests.length) / connections);
            started += 1;
            client.setRequests([...requests.slice(first), ...requests.slice(0, first)]);
          },
        });
        const { non2xx, errors, '2xx': answered } = result;
        if (non2xx > 0 || errors > 0 || answered === 0) {
          throw new Error(`${variant.name}: ${non2xx} refused, ${errors} failed, ${answered} answered`);
        }
        return { result, answered, cpu: ((await cpuMicros()) - before) / answered };
      };
      const first = await ask({ amount: requests.length });
      const { result, answered, cpu } = await ask(
        'seconds' in until ? { duration: until.seconds } : { amount: until.requests },
      );
      return { rate: answered / result.duration, cpu, first: first.cpu, p99: result.latency.p99 };
    },
    async stop() {
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
    },
  };
}
