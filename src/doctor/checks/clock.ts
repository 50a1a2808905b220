import { CLOCK_SKEW_MS } from '../../auth/verified-tokens.ts';
import { type Finding, fine, trouble } from '../finding.ts';

/** HTTP dates are whole seconds. */
const UNCERTAIN_MS = 1000;

/** Whether this machine's clock agrees with Clerk's, as far as tokens need it. */
export function checkClock(aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) <= CLOCK_SKEW_MS + UNCERTAIN_MS) return fine('agrees with Clerk’s');
  const direction = aheadMs > 0 ? 'ahead of' : 'behind';
  const effect =
    aheadMs > 0
      ? 'tokens count as expired that are not'
      : 'new tokens are refused, for they seem to come from the future';
  return trouble(
    `this machine’s clock is ${seconds} s ${direction} Clerk’s: ${effect}`,
    'Set it by the network: `timedatectl set-ntp true`; in WSL2 `wsl --shutdown`, then start again.',
  );
}
