import type { Flags } from './flags.ts';
import { DEFAULT_DATA } from './flags.ts';
import { type Environment, isReplaced } from './replaced.ts';
import type { Running } from './stack.ts';

export interface TableOptions extends Running {
  environment: Environment;
  flags: Pick<Flags, 'data'>;
  /** From the start of the process until all was ready, ms. */
  startedInMs: number;
}

/** What `npm run dev` prints once: where everything is, who there is, and what to try first. */
export function table({ local, people, environment, flags, startedInMs }: TableOptions): string {
  const { api, clerk, mongodb, inngest, mail } = local;
  const data = flags.data === DEFAULT_DATA ? '' : ` --data ${flags.data}`;
  const token = (who: string) => `$(npm run -s token -- ${who}${data})`;
  const note = (part: Parameters<typeof isReplaced>[0], text: string) =>
    isReplaced(part, environment) ? 'from your environment' : text;

  const sections = [
    [
      `Frontdesk is ready (${(startedInMs / 1000).toFixed(1)} s). Ctrl-C stops it; its state is in ${flags.data}.`,
    ],
    columns([
      ['API', api, `to read and to try: ${api}/docs`],
      ['Clerk', clerk.apiUrl, note('clerk', 'open it to sign somebody up, or in')],
      ['Inngest', inngest, note('inngest', 'events and runs')],
      ['MongoDB', withoutPassword(mongodb), note('mongodb', 'for mongosh and other tools')],
      [
        'Mail',
        mail.web || withoutPassword(mail.smtp),
        note('mail', `everything that is sent; SMTP: ${mail.smtp}`),
      ],
    ]),
    columns(people.map(({ called, email, clerkId }) => [called, email, clerkId])),
    people.length === 0
      ? [
          `curl ${api}/api/products`,
          `curl ${api}/api/users/profile -H "Authorization: Bearer ${token('<user id>')}"`,
        ]
      : [
          `curl ${api}/api/products`,
          `curl ${api}/api/users/profile`,
          `curl ${api}/api/users/profile -H "Authorization: Bearer ${token('customer')}"`,
          `curl ${api}/api/products -H "Authorization: Bearer ${token('admin')}" --json \\\n` +
            `    '{"name":"Matcha","category":"tea","priceCents":1990,"currency":"EUR","stock":5}'`,
        ],
  ];
  const titles = ['', 'Addresses', 'Users', 'Try first'];
  return sections
    .map((lines, index) => ({ title: titles[index], lines }))
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => (title ? [title, ...lines.map((line) => `  ${line}`)] : lines).join('\n'))
    .join('\n\n');
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function withoutPassword(address: string): string {
  return address.replace(/\/\/[^@/]*@/, '//');
}
