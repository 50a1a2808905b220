import { parseArgs } from 'node:util';
import type { ClerkPages } from './clerk-pages.ts';
import type { Mended, MendUser } from './mend-user.ts';
import type { Drift, Reconcile } from './reconcile.ts';
import { addDrift, NO_DRIFT, START } from './reconcile.ts';
import type { SyncRun, SyncRuns } from './sync-run.ts';

export const HELP = `npm run sync -- [flags]

Compares all of Clerk's users with the mirror in MongoDB, mends what differs, and says what it was.
Interrupted, it goes on where it stopped the next time.

  --user ID             this user alone
  --dry-run             only say what differs
  --restart             from the beginning, not where an interrupted run stopped
  --confirm-deletions   erase users who are gone from Clerk even if there are many of them
  -h, --help            this text
`;

export interface SyncCommandParts {
  pages: ClerkPages;
  reconcile: Reconcile;
  runs: SyncRuns;
  mendUser: MendUser;
  now: () => number;
  /** Where the bar goes; undefined where nobody is watching. */
  draw: ((text: string) => void) | undefined;
  /** Whether to stop after the page under way. */
  isInterrupted(): boolean;
}

type Write = (text: string) => void;

/**
 * Runs `npm run sync`.
 *
 * @param write where lines go
 * @param open connects; called when there is something to do
 * @returns the exit code: 0 where all is right afterwards, 1 where something is left, 2 for a bad flag, 130 when stopped
 */
export async function syncCommand(
  args: string[],
  write: Write,
  open: () => Promise<SyncCommandParts>,
): Promise<number> {
  let flags: ReturnType<typeof readFlags>;
  try {
    flags = readFlags(args);
  } catch (error) {
    write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (flags.help) {
    write(HELP);
    return 0;
  }
  const parts = await open();
  if (flags.user !== undefined) {
    const result = await parts.mendUser(flags.user, { isDry: flags['dry-run'] });
    write(`${flags.user}: ${USER_RESULTS[result]}\n`);
    return result === 'nowhere' || result === 'resurrected' ? 1 : 0;
  }
  return flags['dry-run'] ? compare(parts, write) : mend(parts, write, flags);
}

const USER_RESULTS: Record<Mended, string> = {
  same: 'is the same in Clerk and here.',
  missing: 'was missing here.',
  different: 'was different here.',
  gone: 'is gone from Clerk: what is here is erased.',
  resurrected: 'was deleted here and is in Clerk: stays deleted.',
  nowhere: 'is neither in Clerk nor here: check the id.',
};

function readFlags(args: string[]) {
  const { values } = parseArgs({
    args,
    strict: true,
    allowPositionals: false,
    options: {
      user: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      restart: { type: 'boolean', default: false },
      'confirm-deletions': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return values;
}

async function compare({ reconcile, pages, now, ...parts }: SyncCommandParts, write: Write): Promise<number> {
  const bar = progress(await pages.count(), 0, { ...parts, now });
  let drift = NO_DRIFT;
  for (let cursor: typeof START | null = START; cursor !== null; ) {
    if (parts.isInterrupted()) return interrupted(write, drift, 'Stopped.');
    const page = await reconcile.page(cursor, { isDry: true });
    drift = addDrift(drift, page.drift);
    cursor = page.next;
    bar(drift.checked);
  }
  write(`Compared ${drift.checked} users of Clerk's: ${described(drift)}. Nothing was changed.\n`);
  return isClean(drift) ? 0 : 1;
}

async function mend(
  { runs, pages, now, ...parts }: SyncCommandParts,
  write: Write,
  flags: { restart: boolean; 'confirm-deletions': boolean },
): Promise<number> {
  let run = await runs.begin('command', { isAnew: flags.restart });
  if (run.drift.checked > 0) write(`Going on after ${run.drift.checked} users.\n`);
  const bar = progress(await pages.count(), run.drift.checked, { ...parts, now });
  while (run.cursor !== null) {
    if (parts.isInterrupted())
      return interrupted(write, run.drift, 'Stopped: the same command goes on from here.');
    run = await runs.page(run);
    bar(run.drift.checked);
  }
  while (run.finishedAt === null) {
    if (parts.isInterrupted())
      return interrupted(write, run.drift, 'Stopped: the same command goes on from here.');
    run = await runs.erase(run, { isConfirmed: flags['confirm-deletions'] });
  }
  return report(run, write);
}

function report({ drift, erased, isImplausible, startedAt, updatedAt }: SyncRun, write: Write): number {
  const seconds = ((updatedAt - startedAt) / 1000).toFixed(1);
  write(`Compared ${drift.checked} users of Clerk's in ${seconds} s.\n`);
  write(`Before: ${described(drift)}.\n`);
  const left = {
    ...NO_DRIFT,
    gone: drift.gone - erased,
    resurrected: drift.resurrected,
    unreadable: drift.unreadable,
  };
  write(`After:  ${described(left)}.\n`);
  if (isImplausible) {
    write(
      `${drift.gone} users here are not in Clerk: too many to be true, so nobody was erased. Check that CLERK_SECRET_KEY is of the right instance; if it is, run it again with --confirm-deletions.\n`,
    );
  }
  return isClean(left) ? 0 : 1;
}

function interrupted(write: Write, drift: Drift, text: string): number {
  write(`${text} So far: ${described(drift)}.\n`);
  return 130;
}

const isClean = ({ missing, different, gone, resurrected, unreadable }: Drift) =>
  missing + different + gone + resurrected + unreadable === 0;

function described(drift: Drift): string {
  if (isClean(drift)) return 'no drift';
  const parts = [
    `${drift.missing} missing here`,
    `${drift.different} different`,
    `${drift.gone} gone from Clerk`,
    ...(drift.resurrected > 0 ? [`${drift.resurrected} deleted here and still in Clerk`] : []),
    ...(drift.unreadable > 0 ? [`${drift.unreadable} of an unknown form`] : []),
  ];
  return parts.join(', ');
}

const WIDTH = 30;

/** A bar with count, speed and the time that is left, redrawn with each page. */
function progress(total: number, done: number, { draw, now }: Pick<SyncCommandParts, 'draw' | 'now'>) {
  const from = now();
  const before = done;
  return (checked: number) => {
    if (draw === undefined) return;
    const share = total === 0 ? 1 : Math.min(1, checked / total);
    const perSecond = ((checked - before) / Math.max(1, now() - from)) * 1000;
    const left = perSecond > 0 ? Math.max(0, Math.ceil((total - checked) / perSecond)) : 0;
    const full = Math.round(share * WIDTH);
    draw(
      `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${checked}/${total}, ${Math.round(perSecond)} a second, ${left} s left`,
    );
  };
}
