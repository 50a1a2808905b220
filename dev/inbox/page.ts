import type { Message } from './messages.ts';

const STYLE = `
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; background: #fff }
  table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #ccc }
  pre { white-space: pre-wrap; font: inherit } iframe { width: 100%; height: 30rem; border: 1px solid #ccc; background: #fff }
  dt { font-weight: bold } dd { margin: 0 0 .5rem } a:focus-visible, button:focus-visible { outline: 3px solid #1a5fd0 }
  @media (prefers-color-scheme: dark) { body { color: #eee; background: #1c1c1c } a { color: #8bb8ff } }`;

export function listPage(messages: readonly Message[]): string {
  const rows = messages.map(
    ({ id, at, to, subject }) =>
      `<tr><td><time datetime="${escaped(at)}">${escaped(at.slice(0, 19).replace('T', ' '))}</time></td>` +
      `<td>${escaped(to.join(', '))}</td><td><a href="/messages/${escaped(id)}">${escaped(subject || '(no subject)')}</a></td></tr>`,
  );
  const table = `<table><thead><tr><th scope="col">Arrived (UTC)</th><th scope="col">To</th><th scope="col">Subject</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>
<form method="post" action="/clear"><p><button>Delete all</button></p></form>`;
  return page(
    'Inbox',
    `<h1>Inbox</h1>
<p>Every mail that the backend sends ends up here, whoever it is for. <a href="/">Reload</a> · <a href="/api/messages">JSON</a></p>
${messages.length === 0 ? '<p>No mail yet.</p>' : table}`,
  );
}

export function messagePage({ at, from, to, subject, text, html }: Message): string {
  const body =
    html === null
      ? ''
      : `<h2>As HTML</h2><iframe sandbox title="The mail as HTML" srcdoc="${escaped(html)}"></iframe>`;
  return page(
    subject || '(no subject)',
    `<p><a href="/">Back to the inbox</a></p>
<h1>${escaped(subject || '(no subject)')}</h1>
<dl><dt>From</dt><dd>${escaped(from)}</dd><dt>To</dt><dd>${escaped(to.join(', '))}</dd><dt>Arrived</dt><dd>${escaped(at)}</dd></dl>
<h2>As text</h2><pre>${escaped(text)}</pre>${body}`,
  );
}

export function notFoundPage(): string {
  return page('Not found', '<h1>Not found</h1><p>No such mail. <a href="/">Back to the inbox</a></p>');
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body><main>
${body}
</main></body></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
