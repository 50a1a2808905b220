import { askFor } from '../ask.ts';
import { type Finding, fine, notChecked, trouble } from '../finding.ts';

/** Where the backend is, and whether somebody said so: otherwise it need not run. */
export interface BackendAddress {
  api: string;
  isGiven: boolean;
}

/** Whether the backend answers, and is ready. */
export async function checkBackend({
  api,
  isGiven,
}: BackendAddress): Promise<{ answers: boolean; finding: Finding }> {
  const answer = await askFor(`${api}/api/ready`);
  const isOurs = answer !== undefined && typeof answer.json === 'object';
  if (isOurs && answer.status === 200) return { answers: true, finding: fine(`ready at ${api}`) };
  if (isOurs && answer.status === 503) {
    const cure = 'It is stopping, or does not reach MongoDB: its log says why.';
    return { answers: true, finding: trouble(`the backend at ${api} is not ready`, cure) };
  }
  const message =
    answer === undefined ? `nothing answers at ${api}` : `what answers at ${api} is not the backend`;
  const cure = 'Start it (`npm start`, or `npm run dev`), or say where it is: --api URL.';
  return {
    answers: false,
    finding: isGiven ? trouble(message, cure) : notChecked(`${message}; --api URL says where it is`),
  };
}
