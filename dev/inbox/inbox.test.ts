import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Message } from './messages.ts';

const PROGRAM = new URL('./main.ts', import.meta.url);

let folder: string;
let child: ChildProcess;
let at: { smtp: string; web: string };

async function start(): Promise<void> {
  child = fork(PROGRAM, ['--data-dir', folder], { silent: true, execArgv: [] });
  const [{ ready }] = (await once(child, 'message')) as [{ ready: typeof at }];
  at = ready;
}

async function stop(): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'frontdesk-inbox-'));
  await start();
});
beforeEach(async () => {
  await fetch(`${at.web}/api/messages`, { method: 'DELETE' });
});
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

async function send(mail: Record<string, string>): Promise<void> {
  const transport = createTransport(at.smtp);
  await transport.sendMail({ from: 'shop@shop.example', text: 'Hello', ...mail });
  transport.close();
}

const list = async (query = '') =>
  ((await (await fetch(`${at.web}/api/messages${query}`)).json()) as { items: Message[] }).items;

test('a mail is listed for each of its recipients, the newest first, and is there after a restart', async () => {
  await send({ to: 'Zoë <Zoe@shop.example>', bcc: 'hidden@shop.example', subject: 'Grüße' });
  await send({ to: 'ada@shop.example', subject: 'Second' });
  await stop();
  await start();

  expect((await list()).map(({ subject }) => subject)).toEqual(['Second', 'Grüße']);
  for (const to of ['zoe@shop.example', 'HIDDEN@shop.example']) {
    expect(await list(`?to=${to}`), to).toMatchObject([{ subject: 'Grüße', text: 'Hello\n', html: null }]);
  }
});

test('a mail that was sent twice is kept twice, under the same Message-ID', async () => {
  for (let time = 0; time < 2; time++)
    await send({ to: 'ada@shop.example', messageId: '<one@shop.example>' });
  expect((await list()).map(({ messageId }) => messageId)).toEqual([
    '<one@shop.example>',
    '<one@shop.example>',
  ]);
});

test('a sender that breaks off in the middle of a mail leaves the others alone', async () => {
  const { hostname, port } = new URL(at.smtp);
  const sender = connect(Number(port), hostname).setEncoding('utf8');
  let said = '';
  sender.on('data', (text) => {
    said += text;
  });
  const heard = (code: string) => expect.poll(() => said).toContain(`${code} `);
  await heard('220');
  sender.write(
    'EHLO shop.example\r\nMAIL FROM:<shop@shop.example>\r\nRCPT TO:<ada@shop.example>\r\nDATA\r\n',
  );
  await heard('354');
  sender.write('Subject: Half');
  sender.resetAndDestroy();
  await once(sender, 'close');

  await send({ to: 'ada@shop.example', subject: 'Whole' });
  expect((await list()).map(({ subject }) => subject)).toEqual(['Whole']);
});

test('a mail is shown without trusting it: escaped, and its HTML in a frame without scripts', async () => {
  await send({ to: 'ada@shop.example', subject: '<script>', html: '<b>Hi</b><script>alert(1)</script>' });
  const [message] = await list();
  const overview = await (await fetch(at.web)).text();
  expect(overview).toContain(`<a href="/messages/${message?.id}">&#60;script&#62;</a>`);

  const response = await fetch(`${at.web}/messages/${message?.id}`);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  const page = await response.text();
  expect(page).toContain('<iframe sandbox title="The mail as HTML" srcdoc="&#60;b&#62;Hi&#60;/b&#62;');
  expect(page).not.toContain('<script>');
});

test('what is not there is 404, and emptying it leaves an empty list', async () => {
  await send({ to: 'ada@shop.example', subject: 'One' });
  for (const path of ['/messages/none', '/api/messages/none', '/elsewhere', '//']) {
    expect((await fetch(`${at.web}${path}`)).status, path).toBe(404);
  }
  expect((await fetch(`${at.web}/clear`, { method: 'POST', redirect: 'manual' })).status).toBe(303);
  expect(await list()).toEqual([]);
});
