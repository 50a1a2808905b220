import { expect, test } from 'vitest';
import { createLog } from './log.ts';

function logged(error: unknown): string {
  let line = '';
  createLog(
    { logLevel: 'info' },
    {
      write(text: string) {
        line += text;
      },
    },
  ).error({ err: error }, 'failed');
  return line;
}

test('A7 an error is logged with its cause, without secrets, tokens, addresses and passwords', () => {
  const cause = new Error('connect mongodb://root:hunter2@db:27017 for ada@shop.example');
  const error = Object.assign(new Error('sk_test_abc123 whsec_AAAA== eyJhbGciOi.eyJzdWIi.c2ln', { cause }), {
    code: 'EAUTH',
    response: { config: { headers: { authorization: 'Bearer sk_live_other' } } },
  });
  const line = logged(error);
  expect(JSON.parse(line).err).toMatchObject({
    code: 'EAUTH',
    message: '[secret] [secret] [token]',
    cause: { message: 'connect mongodb://[credentials]@db:27017 for [email]' },
  });
  expect(line).not.toMatch(/hunter2|ada@|abc123|eyJ|sk_live_other/);
});
