/** The page at `/`: asks the emulator once a second and shows what it says. */
const $ = (selector) => document.querySelector(selector);
const state = { selected: decodeURIComponent(location.hash.slice(1)), shown: '' };

async function ask(path, options) {
  const response = await fetch(path, options);
  const text = await response.text();
  const body = text === '' ? null : JSON.parse(text);
  if (!response.ok) throw new Error(body?.error ?? `${response.status}`);
  return body;
}

/** An element; everything that comes from outside is set as text, never as HTML. */
function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null));
  return node;
}

const time = (iso) => new Date(iso).toLocaleTimeString();
const json = (value) => JSON.stringify(value, null, 2);
const status = (text) => element('span', { className: `status ${text.toLowerCase()}` }, text);

function took(from, to) {
  if (!from || !to) return '';
  const ms = new Date(to) - new Date(from);
  return ms < 1000
    ? `${ms} ms`
    : ms < 120_000
      ? `${(ms / 1000).toFixed(1)} s`
      : `${Math.round(ms / 60_000)} min`;
}

function showRuns(runs) {
  $('#runs').replaceChildren(
    ...runs.map((run) => {
      const row = element('tr', { tabIndex: 0 });
      row.setAttribute('aria-selected', String(run.id === state.selected));
      const cells = [
        status(run.status),
        run.function,
        run.event,
        time(run.created_at),
        took(run.started_at, run.ended_at),
      ];
      row.append(...cells.map((cell) => element('td', {}, cell)));
      row.onclick = () => select(run.id);
      row.onkeydown = ({ key }) => key === 'Enter' && select(run.id);
      return row;
    }),
  );
  if (runs.length === 0)
    $('#runs').append(element('tr', {}, element('td', { colSpan: 5, className: 'hint' }, 'None yet.')));
}

function showEvents(events) {
  $('#events').replaceChildren(
    ...events.map((event) =>
      element(
        'tr',
        {},
        element('td', {}, event.name),
        element('td', {}, time(event.received_at)),
        element('td', { className: 'data' }, JSON.stringify(event.data).slice(0, 200)),
      ),
    ),
  );
}

function showRun(run) {
  const summary = json(run);
  if (summary === state.shown) return;
  state.shown = summary;
  const again = element(
    'button',
    { onclick: () => act(`/_emulator/runs/${run.id}/rerun`, 'POST') },
    'Run again',
  );
  const cancel = element(
    'button',
    { onclick: () => act(`/_emulator/runs/${run.id}/cancel`, 'POST') },
    'Cancel',
  );
  const parts = [
    element('h2', {}, run.function),
    element(
      'p',
      {},
      status(run.status),
      ` ${took(run.started_at, run.ended_at)} `,
      again,
      ...(run.ended_at ? [] : [cancel]),
    ),
    element('ol', {}, ...run.steps.map(showStep)),
    ...failures(run.failures),
    run.output === undefined ? null : element('h2', {}, 'Output'),
    run.output === undefined ? null : element('pre', {}, json(run.output)),
    element('h2', {}, run.events.length > 1 ? 'Events' : 'Event'),
    ...run.events.map((event) => element('pre', {}, json(event))),
  ];
  $('#run').replaceChildren(...parts.filter((part) => part !== null));
}

function showStep(step) {
  const attempts = step.attempts > 1 ? `, ${step.attempts} attempts` : '';
  return element(
    'li',
    {},
    element('div', {}, status(step.status), ` ${step.name} `),
    element(
      'div',
      { className: 'hint' },
      `${step.op}, ${took(step.created_at, step.ended_at) || 'waiting'}${attempts}`,
    ),
    ...failures(step.failures),
    step.result === undefined || step.result === null ? null : element('pre', {}, json(step.result)),
  );
}

function failures(list) {
  return list.map(({ attempt, at, error }) =>
    element(
      'pre',
      { className: 'failed' },
      `attempt ${attempt + 1}, ${time(at)}: ${error.name}: ${error.message}`,
    ),
  );
}

async function act(path, method) {
  const answer = await ask(path, { method });
  if (answer?.run_id) select(answer.run_id);
  else refresh();
}

function select(id) {
  state.selected = id;
  location.hash = id;
  refresh();
}

async function refresh() {
  try {
    const overview = await ask('/_emulator/overview');
    const apps = [...overview.apps, ...overview.problems];
    $('#apps').textContent = apps.join(', ') || 'No app yet: start it, or pass its address with -u.';
    $('#clock').textContent =
      overview.clock_ahead > 0
        ? `The clock is ${took(new Date(0), new Date(overview.clock_ahead))} ahead.`
        : '';
    $('#names').replaceChildren(...overview.triggers.map((value) => element('option', { value })));
    showRuns(overview.runs);
    showEvents(overview.events);
    if (state.selected) showRun(await ask(`/_emulator/runs/${state.selected}`));
  } catch (error) {
    $('#apps').textContent = `The emulator does not answer: ${error.message}`;
  }
}

$('#send').onsubmit = async (submit) => {
  submit.preventDefault();
  const form = submit.target;
  const output = form.querySelector('output');
  try {
    const event = { name: form.name.value, data: JSON.parse(form.data.value) };
    await ask('/_emulator/events', { method: 'POST', body: JSON.stringify(event) });
    output.textContent = 'Sent.';
  } catch (error) {
    output.textContent = error.message;
  }
  refresh();
};

setInterval(() => document.visibilityState === 'visible' && refresh(), 1000);
refresh();
