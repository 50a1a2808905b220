import { fstatSync } from 'node:fs';

/** A pipe that nobody writes to, as some process managers leave open, is waited for this long, ms. */
const PATIENCE_MS = 5000;

/**
 * A token from the standard input: the first line that comes.
 *
 * @param isAsked whether the standard input is to be read whatever it is, as for `--token -`
 * @returns undefined where nothing is piped in
 */
export async function pipedToken(isAsked: boolean): Promise<string | undefined> {
  if (!isAsked && !isPiped()) return undefined;
  const timer = isAsked ? undefined : setTimeout(() => process.stdin.destroy(), PATIENCE_MS);
  let text = '';
  try {
    for await (const chunk of process.stdin.setEncoding('utf8')) {
      text += chunk;
      if (/\S\s*\n/.test(text)) break;
    }
  } catch {
    // Nobody wrote anything in time.
  } finally {
    clearTimeout(timer);
    process.stdin.destroy();
  }
  return text.trim() || undefined;
}

function isPiped(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile() || stat.isSocket();
  } catch {
    return false;
  }
}
