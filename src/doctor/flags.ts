import { parseArgs } from 'node:util';

export const HELP = `npm run doctor -- [flags]

Checks what can be wrong with the set-up, in the order in which it breaks, and says for each what to do about it.
It reads the environment and .env; where neither says anything, it looks at the \`npm run dev\` that runs.
Nothing is changed; Inngest gets one event that starts nothing, and is told of the functions once more.

  --token TOKEN   explain a session token, claim by claim; - reads it from the standard input, as does a pipe:
                  npm run -s token -- customer | npm run doctor
  --user ID       compare a user in Clerk with MongoDB (user_…)
  --api URL       where the backend is (http://127.0.0.1:PORT)
  --data DIR      the data folder of \`npm run dev\` (.frontdesk)
  --json          for machines: { "ok", "checks": [{ "name", "ok", "message", "cure" }] }
  -h, --help      this text

Exit code: 0 nothing is wrong, 1 something is, 2 a wrong flag.
`;

/** @throws Error for a flag that there is not, or that lacks its value */
export function readFlags(args: string[]) {
  const { values } = parseArgs({
    args,
    strict: true,
    allowPositionals: false,
    options: {
      token: { type: 'string' },
      user: { type: 'string' },
      api: { type: 'string' },
      data: { type: 'string', default: '.frontdesk' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.user !== undefined && !/^user_\w+$/.test(values.user)) {
    throw new Error('--user needs a Clerk id, such as user_2x…');
  }
  if (values.api !== undefined && !/^https?:\/\/[^\s/]+/.test(values.api)) {
    throw new Error('--api needs an address, such as http://127.0.0.1:3000');
  }
  return { ...values, api: values.api?.replace(/\/+$/, '') };
}
