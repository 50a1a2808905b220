import { type Random, seededRandom } from './random.ts';

/** What somebody does in Clerk, or has done to him. */
export type ActKind =
  | 'rename'
  | 'promote'
  | 'demote'
  | 'changeAddress'
  | 'ban'
  | 'unban'
  | 'lock'
  | 'unlock'
  | 'signIn'
  | 'endSession'
  | 'delete';

interface Act {
  kind: ActKind;
  /** How long after the one before, ms. */
  after: number;
}

export interface Life {
  index: number;
  /** When he signs up, ms from the beginning. */
  at: number;
  /** Whether he signs up with an e-mail address. */
  hasAddress: boolean;
  role: string | undefined;
  /** Signs in and makes a request at once, as a browser does after a sign-up: often before the webhook has come (B5). */
  comesAtOnce: boolean;
  acts: Act[];
}

export const VICTIMS = ['backend', 'mongodb', 'inngest', 'inbox'] as const;
type Victim = (typeof VICTIMS)[number];

/** What is done to the parts. */
export type Strike =
  | { kind: 'kill'; victims: Victim[] }
  /** Clerk's API fails or, without a status, hangs. */
  | { kind: 'clerkApi'; method: string; path: string; times: number; status?: number }
  /** Inngest does badly what it does, but loses nothing for ever. */
  | { kind: 'inngest'; on: string; do: string; count: number; by?: string }
  /** Inngest acknowledges events and forgets them; nothing else happens meanwhile. */
  | { kind: 'loss'; count: number }
  /** Time passes for Clerk, so that retries fall due. */
  | { kind: 'turnClerk'; ms: number };

export interface Plan {
  lives: Life[];
  /** Strikes without end, each with the pause before it, ms. */
  strikes(): Generator<Strike & { pause: number }, never>;
  /** What goes wrong with Clerk's webhooks: Svix does all of this. None is lost for ever. */
  webhookFaults: {
    seed: number;
    duplicate: number;
    delay: number;
    delayMs: number;
    reorder: number;
    parallel: number;
  };
}

const SIGN_UPS_PER_SECOND = 50;

/** Everything that is to happen in a run. The same for the same seed. */
export function createPlan(seed: number, seconds: number): Plan {
  const random = seededRandom(seed);
  const lives = Array.from({ length: SIGN_UPS_PER_SECOND * seconds }, (_, index) =>
    lifeOf(index, random, seconds),
  );
  return {
    lives,
    strikes: () => strikesOf(seededRandom(~seed)),
    webhookFaults: { seed, duplicate: 0.1, delay: 0.1, delayMs: 15_000, reorder: 5, parallel: 16 },
  };
}

function lifeOf(index: number, random: Random, seconds: number): Life {
  const at = (index * 1000) / SIGN_UPS_PER_SECOND;
  const life = {
    index,
    at,
    hasAddress: !random.chance(0.05),
    role: random.chance(0.1) ? random.pick(['admin', 'moderator']) : undefined,
    comesAtOnce: random.chance(0.1),
  };
  let left = seconds * 1000 - at;
  const acts = actsOf(random, life).filter(({ after }) => {
    left -= after;
    return left > 0;
  });
  return { ...life, acts };
}

/** Half of all people do nothing more, the others up to four things. */
function actsOf(
  random: Random,
  { hasAddress, comesAtOnce }: Pick<Life, 'hasAddress' | 'comesAtOnce'>,
): Act[] {
  const acts: Act[] = [];
  const then = (kind: ActKind) => acts.push({ kind, after: random.pick([0, 5, 50, 500, 5000, 15_000]) });
  if (random.chance(0.2)) then('rename');
  if (random.chance(0.1)) then('promote');
  if (hasAddress && random.chance(0.05)) then('changeAddress');
  if (!comesAtOnce && random.chance(0.05)) then('signIn');
  if (random.chance(0.03)) {
    then('lock');
    then('unlock');
  }
  if (random.chance(0.3)) then('endSession');
  if (random.chance(0.05)) then('demote');
  if (random.chance(0.05)) {
    then('ban');
    if (random.chance(0.3)) then('unban');
  }
  if (random.chance(0.08)) then('delete');
  return acts;
}

function* strikesOf(random: Random): Generator<Strike & { pause: number }, never> {
  for (;;) {
    const pause = random.between(200, 2200);
    yield { pause, ...strikeOf(random) };
  }
}

function strikeOf(random: Random): Strike {
  const kind = random.pick([
    ...(['kill', 'kill', 'kill', 'kill', 'kill'] as const),
    ...(['clerkApi', 'inngest', 'loss', 'turnClerk'] as const),
  ]);
  switch (kind) {
    case 'clerkApi': {
      const [method, path] = random.pick([
        ['GET', '/v1/users/*'],
        ['GET', '/v1/users/*'],
        ['POST', '/v1/users'],
      ]);
      const status = random.pick([429, 429, 500, 503, undefined]);
      // Who signs up does not wait for ever: that hangs for the backend alone.
      if (status === undefined)
        return { kind, method: 'GET', path: '/v1/users/*', times: random.between(1, 3) };
      return { kind, method, path, times: random.between(1, 20), status };
    }
    case 'inngest': {
      const [on, what] = random.pick([
        ['events', 'refuse'],
        ['events', 'repeat'],
        ['events', 'delay'],
        ['calls', 'refuse'],
        ['calls', 'lose'],
      ]);
      const fault = { kind, on, do: what, count: random.between(1, 20) } as const;
      return what === 'delay' ? { ...fault, by: '5s' } : fault;
    }
    case 'loss':
      return { kind, count: random.between(1, 20) };
    case 'turnClerk':
      return { kind, ms: random.between(10, 60) * 1000 };
    default: {
      const victims = [
        random.pick(['backend', 'backend', 'mongodb', 'mongodb', 'inngest', 'inngest', 'inbox']),
      ] as Victim[];
      if (random.chance(0.2)) victims.push(random.pick(VICTIMS));
      return { kind: 'kill', victims: [...new Set(victims)] };
    }
  }
}
