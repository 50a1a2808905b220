/** How many users a page shows at first, and how many more each time. */
const USERS_STEP = 12;
const DELIVERIES_SHOWN = 30;

const $ = (id) => document.getElementById(id);

/** What the page shows beyond what the emulator tells: who is signed in here, and how far the list goes. */
const view = {
  emulator: undefined,
  session: undefined,
  token: undefined,
  shown: USERS_STEP,
  open: new Set(),
};

/** Calls the emulator; a refusal is shown at the foot of the page. */
async function call(method, path, body) {
  const headers = {};
  if (path.startsWith('/v1/')) headers.authorization = `Bearer ${view.emulator.secretKey}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const result = await answer.json();
  if (answer.ok) return result;
  throw new Error(result.errors[0].long_message);
}

/** An element with attributes, handlers and children. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

const button = (text, label, act, more = {}) =>
  element('button', { type: 'button', 'aria-label': label, onclick: () => attempt(act), ...more }, text);

/** Does what somebody asked for; what goes wrong is told at the foot of the page. */
function attempt(act) {
  $('message').textContent = '';
  return act().catch(tell);
}

function tell(error) {
  $('message').textContent = error.message;
}

/** Puts rows into a table body and keeps the focus where it was, so that the keyboard is not thrown out of the list. */
function fill(body, rows) {
  const focused = document.activeElement?.getAttribute('aria-label');
  const inside = body.contains(document.activeElement);
  body.replaceChildren(...rows);
  if (inside && focused) body.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
}

const nameOf = (user) =>
  [user.first_name, user.last_name].filter(Boolean).join(' ') || user.username || 'No name';
const emailOf = (user) =>
  user.email_addresses.find(({ id }) => id === user.primary_email_address_id)?.email_address;

function userRow(user) {
  const email = emailOf(user);
  const role = user.public_metadata.role;
  const flags = [user.banned && 'banned', user.locked && 'locked'].filter(Boolean).join(', ');
  return element(
    'tr',
    {},
    element(
      'td',
      {},
      nameOf(user),
      element('small', {}, email ?? 'no e-mail'),
      element('small', {}, user.id),
    ),
    element(
      'td',
      {},
      role === undefined ? '' : element('span', { class: 'role' }, String(role)),
      element('small', { class: 'bad' }, flags),
    ),
    element(
      'td',
      { class: 'act' },
      button('Sign in', `Sign in as ${email ?? nameOf(user)}`, () => signIn(user)),
    ),
  );
}

async function showUsers() {
  const query = $('query').value.trim();
  const filter = new URLSearchParams(query ? { query } : {});
  const [users, { total_count: total }] = await Promise.all([
    call('GET', `/v1/users?${new URLSearchParams({ ...Object.fromEntries(filter), limit: view.shown })}`),
    call('GET', `/v1/users/count?${filter}`),
  ]);
  $('user-count').textContent = String(total);
  $('more-users').hidden = total <= users.length;
  fill($('users'), users.map(userRow));
}

const STATE_CLASS = { delivered: 'good', failed: 'bad', dropped: 'bad' };

const outcome = ({ status, error, durationMs }) => `${status ?? error} (${durationMs} ms)`;

function deliveryRows(delivery) {
  const { id, type, state, createdAt, dueAt, attempts } = delivery;
  const open = view.open.has(id);
  const again = dueAt !== null && attempts.length > 0 ? `again at ${time(dueAt)}` : '';
  const row = element(
    'tr',
    {},
    element(
      'td',
      {},
      button(type, `Details of ${type} ${id}`, () => toggle(id), {
        class: 'plain',
        'aria-expanded': String(open),
      }),
      element('small', {}, time(createdAt)),
    ),
    element(
      'td',
      {},
      element('span', { class: STATE_CLASS[state] }, state),
      element('small', {}, [...attempts.map(outcome), again].filter(Boolean).join(', ')),
    ),
    element(
      'td',
      { class: 'act' },
      button('Send again', `Send ${type} ${id} again`, () => resend(id)),
    ),
  );
  return open ? [row, detailsRow(delivery)] : [row];
}

function detailsRow({ body, attempts }) {
  const sent = attempts.map(({ reason, startedAt, url, headers, ...rest }) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const request = `${time(startedAt)} by ${reason}\nPOST ${url}\n${lines.join('\n')}`;
    return element('pre', {}, `${request}\n\n${outcome(rest)} ${rest.answer ?? ''}`);
  });
  const said = element('pre', {}, JSON.stringify(JSON.parse(body), null, 2));
  return element('tr', {}, element('td', { class: 'details', colspan: '3' }, ...sent, said));
}

const time = (ms) => new Date(ms).toLocaleTimeString();

function toggle(id) {
  if (!view.open.delete(id)) view.open.add(id);
  return showDeliveries();
}

async function showDeliveries() {
  const deliveries = await call('GET', `/_emulator/deliveries?limit=${DELIVERIES_SHOWN}`);
  $('no-deliveries').hidden = deliveries.length > 0;
  $('webhook-url').textContent = view.emulator.webhookUrl ?? 'no address set: events are recorded, not sent';
  fill($('deliveries'), deliveries.flatMap(deliveryRows));
}

async function resend(id) {
  await call('POST', `/_emulator/deliveries/${id}/resend`);
}

async function signIn(user) {
  const { session, token } = await call('POST', '/_emulator/sign-in', { userId: user.id });
  view.session = { ...session, who: emailOf(user) ?? nameOf(user) };
  showToken(token);
  $('copy-token').focus();
}

function showToken(token) {
  view.token = token;
  const claims = JSON.parse(decode(token.split('.')[1]));
  const at = view.emulator.origin ?? 'http://localhost:3000';
  $('jwt').value = token;
  $('curl').value = `curl -H 'Authorization: Bearer ${token}' ${at}/api/users/profile`;
  $('claims').textContent = JSON.stringify(claims, null, 2);
  $('no-token').hidden = true;
  $('token').hidden = false;
  showAge();
}

function decode(part) {
  const bytes = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}

/** How long the token is good for: by this machine's clock, as for whoever checks it. */
function showAge() {
  if (view.token === undefined) return;
  const { exp } = JSON.parse(decode(view.token.split('.')[1]));
  const left = Math.round(exp - Date.now() / 1000);
  $('who').textContent = `${view.session.who}: ${left > 0 ? `good for ${left} s` : 'expired'}`;
  $('who').className = left > 0 ? '' : 'bad';
}

async function copy(field) {
  await navigator.clipboard.writeText(field.value);
  $('message').textContent = 'Copied.';
}

$('query').addEventListener('input', () => {
  view.shown = USERS_STEP;
  attempt(showUsers);
});
$('more-users').addEventListener('click', () => {
  view.shown += USERS_STEP;
  attempt(showUsers);
});
$('create').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  attempt(async () => {
    const { email_address, first_name, last_name, role } = Object.fromEntries(new FormData(form));
    const names = { first_name: first_name || null, last_name: last_name || null };
    const public_metadata = role ? { role } : {};
    await call('POST', '/v1/users', { email_address: [email_address], ...names, public_metadata });
    form.reset();
    form.elements.email_address.focus();
  });
});
$('copy-token').addEventListener('click', () => attempt(() => copy($('jwt'))));
$('copy-curl').addEventListener('click', () => attempt(() => copy($('curl'))));
$('renew').addEventListener('click', () =>
  attempt(async () => {
    showToken((await call('POST', `/_emulator/sessions/${view.session.id}/token`)).token);
  }),
);
$('sign-out').addEventListener('click', () =>
  attempt(async () => {
    await call('POST', `/_emulator/sessions/${view.session.id}/remove`);
    view.token = undefined;
    $('token').hidden = true;
    $('no-token').hidden = false;
    $('query').focus();
  }),
);

async function refresh() {
  view.emulator = await call('GET', '/_emulator');
  $('where').textContent = view.emulator.apiUrl;
  await Promise.all([showUsers(), showDeliveries()]);
}

// The first event comes with the connection, each further one with a change.
new EventSource('/_emulator/changes').addEventListener('message', () => refresh().catch(tell));
setInterval(showAge, 1000);
