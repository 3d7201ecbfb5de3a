// Asks for the status every few seconds and draws it. Reads only; what the agent says is only ever put in as text.
import { sparkline } from './sparkline.js';

const EVERY_MILLIS = 5000;
const PATIENCE_MILLIS = 8000;

const COMPONENTS = {
  collector: { series: 'records_per_second', unit: 'records/s' },
  actuator: { series: 'actions_ended', unit: 'actions', total: true },
  heartbeat: { series: 'heartbeat_seconds', unit: 'a heartbeat', format: duration, bridge: true },
  websocket: { series: 'frames_per_second', unit: 'frames/s' },
};

const byId = (id) => document.getElementById(id);
let answeredAt = null;

function node(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const chip = (text, kind) => node('span', { class: `chip ${kind}` }, text);

function number(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(value >= 1 ? 1 : 2);
}

function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit++; }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

/** Reckoned by the agent's clock: the browser's may be off. */
function ago(instant, now) {
  if (!instant) return 'never';
  const seconds = (now - Date.parse(instant)) / 1000;
  return seconds < 1 ? 'just now' : `${duration(seconds)} ago`;
}

function latest(values) {
  for (let i = values.length - 1; i >= 0; i--) if (values[i] !== null) return values[i];
  return null;
}

const words = (wireName) => wireName.replaceAll('_', ' ');

/** "condition: what is missing", as /readyz has it. */
function condition(missing) {
  const at = missing.indexOf(': ');
  return { name: missing.slice(0, at), what: missing.slice(at + 2) };
}

function headline(status) {
  if (!status.ready) {
    const [first, ...others] = status.missing;
    return `Not ready: ${condition(first).what}${others.length ? `, and ${others.length} more` : ''}`;
  }
  const unhealthy = Object.values(status.components).filter((component) => !component.healthy).length;
  switch (status.state) {
    case 'healthy': return 'Healthy: everything works';
    case 'standby': return 'Standing by: another replica leads';
    default:
      return `Degraded: ${unhealthy} of ${Object.keys(status.components).length} components ${unhealthy === 1 ? 'is' : 'are'} unhealthy`;
  }
}

function head(status) {
  document.body.dataset.state = status.state;
  document.title = `${status.state} · ${status.cluster_id} · Kubernetes agent`;
  byId('headline').textContent = headline(status);
  byId('subline').textContent =
    `${status.agent_id} in cluster ${status.cluster_id} · version ${status.version} · up ${duration(status.uptime_seconds)}`;
  byId('chips').replaceChildren(
    chip(status.ready ? 'ready' : 'not ready', status.ready ? 'good' : 'bad'),
    chip(status.leader ? 'leader' : 'follower', status.leader ? 'plain' : 'info'),
    ...(status.dry_run ? [chip('dry run', 'warn')] : []),
  );
}

function problems(status) {
  const lines = [];
  for (const [name, component] of Object.entries(status.components)) {
    if (!component.healthy) lines.push(['bad', name, component.error ?? 'unhealthy']);
  }
  for (const missing of status.missing) {
    const { name, what } = condition(missing);
    lines.push(['bad', `not ready: ${name}`, what]);
  }
  if (status.config.status === 'failed') lines.push(['warn', 'remote configuration', status.config.error ?? 'refused']);
  if (status.signing_keys === 0) lines.push(['warn', 'signing keys', 'there is none, so no action is believed']);
  if (status.spool.batches_dropped > 0) lines.push(['warn', 'spool', `${number(status.spool.batches_dropped)} batches were lost since the start`]);
  const lacking = Object.keys(status.missing_permissions ?? {});
  if (lacking.length) lines.push(['warn', 'permissions', `missing for ${lacking.join(', ')}`]);
  byId('problems').hidden = lines.length === 0;
  byId('problems').replaceChildren(...lines.map(([kind, what, why]) =>
    node('p', { class: `notice ${kind}` }, node('b', {}, what), ' ', node('span', {}, why))));
}

function card(name, component, status, now) {
  const series = status.history.series;
  const { series: key, unit, format = number, total, bridge } = COMPONENTS[name] ?? {};
  const values = series[key] ?? [];
  const value = total ? values.reduce((sum, each) => sum + (each ?? 0), 0) : latest(values);
  // It neither failed nor did anything yet: not begun, or waiting for its turn.
  const idle = component.healthy && !component.last_success_at;
  const [text, kind] = component.healthy ? (idle ? ['idle', 'info'] : ['healthy', 'good']) : ['unhealthy', 'bad'];
  const minutes = duration(Math.max(values.length - 1, 1) * status.history.interval_seconds);
  return node('article', { class: 'card component', 'data-component': name, 'data-healthy': component.healthy },
    node('div', { class: 'row' }, node('h3', {}, name), chip(text, kind)),
    node('p', { class: 'figure' }, value === null || idle ? '–' : format(value), node('small', {}, ` ${unit ?? ''}`)),
    sparkline(values, { healthy: series[`${name}_up`], label: `${name}: ${words(key ?? '')} of the last ${minutes}`, bridge }),
    node('dl', { class: 'pairs' },
      node('dt', {}, 'last success'), node('dd', {}, ago(component.last_success_at, now)),
      node('dt', {}, component.healthy ? 'healthy for' : 'unhealthy for'), node('dd', {}, duration(Math.max(1, (now - Date.parse(component.since)) / 1000))),
      node('dt', {}, 'restarts'), node('dd', { class: component.restarts > 0 ? 'warn-text' : null }, String(component.restarts))),
    component.error ? node('p', { class: 'why' }, component.error) : null);
}

function components(status, now) {
  const samples = status.history.series.memory_bytes?.length ?? 0;
  byId('span').textContent = samples > 1 ? `last ${duration((samples - 1) * status.history.interval_seconds)}` : '';
  byId('components').replaceChildren(
    ...Object.entries(status.components).map(([name, component]) => card(name, component, status, now)));
}

function tile(title, figure, unit, pairs, spark) {
  return node('article', { class: 'card tile' },
    node('h3', {}, title),
    node('p', { class: 'figure' }, figure, node('small', {}, unit ? ` ${unit}` : '')),
    spark ?? null,
    node('dl', { class: 'pairs' }, ...pairs.flatMap(([key, value, kind]) =>
      [node('dt', {}, key), node('dd', { class: kind ?? null }, value)])));
}

function tiles(status) {
  const { connection, collection, spool, history: { series } } = status;
  const spark = (key, label) => sparkline(series[key] ?? [], { label });
  const records = Object.entries(collection.records);
  const cpu = latest(series.cpu_cores ?? []);
  const memory = latest(series.memory_bytes ?? []);
  byId('tiles').replaceChildren(
    tile('Backend', connection.websocket ? 'connected' : status.state === 'standby' ? 'standing by' : 'not connected', '', [
      ['last heartbeat taken', status.components.heartbeat?.last_success_at ? `${duration(connection.heartbeat_age_seconds)} ago` : 'never'],
      ['frames waiting', number(connection.waiting_frames)],
      ['remote configuration', status.config.version ? `version ${status.config.version}` : 'none'],
    ]),
    tile('Collection', collection.records_per_second === null ? '–' : number(collection.records_per_second), 'records/s delivered',
      records.length ? records.map(([type, count]) => [`${type}s`, number(count)]) : [['collected', 'nothing yet']]),
    tile('Spool', bytes(spool.bytes), 'waiting', [['batches lost', number(spool.batches_dropped), spool.batches_dropped > 0 ? 'warn-text' : null]],
      spark('spool_bytes', 'bytes waiting')),
    tile('Process', memory === null ? '–' : bytes(memory), 'memory', [['processors', cpu === null ? '–' : cpu.toFixed(3)]],
      spark('memory_bytes', 'memory of the process')),
  );
}

const OUTCOMES = { changed: 'good', no_change: 'good', planned: 'info', refused: 'warn', blocked: 'warn', cancelled: 'plain' };

function actions(status, now) {
  byId('actions-note').textContent = status.actions.length ? `last ${status.actions.length} of this process, kubectl get agentactions has all` : '';
  byId('actions').replaceChildren(status.actions.length === 0
    ? node('p', { class: 'empty' }, status.state === 'standby' ? 'The leader carries out the actions.' : 'No action has ended since this process started.')
    : node('ol', { class: 'actions' }, ...status.actions.map((action) =>
      node('li', { 'data-outcome': action.outcome },
        chip(words(action.outcome), OUTCOMES[action.outcome] ?? 'bad'),
        node('div', { class: 'what' },
          node('b', {}, words(action.type)), ' ', node('span', { class: 'mono' }, action.target),
          action.dry_run ? node('span', { class: 'muted' }, ' (dry run)') : null,
          node('p', { class: 'muted' }, action.message, action.reason ? ` (${words(action.reason)})` : '')),
        node('div', { class: 'when' },
          node('time', { datetime: action.finished_at, title: action.finished_at }, ago(action.finished_at, now)),
          node('p', { class: 'muted' }, `took ${duration(action.duration_seconds)}`, action.attempts > 1 ? `, ${action.attempts} attempts` : '')),
      ))));
}

function permissions(status) {
  const lacking = Object.entries(status.missing_permissions ?? {});
  byId('permissions').replaceChildren(...(status.missing_permissions === null
    ? [node('p', { class: 'empty' }, 'The API server has not been asked yet.')]
    : lacking.length === 0
      ? [node('p', { class: 'empty' }, chip('complete', 'good'), ' Every feature has the permissions that it needs.')]
      : lacking.map(([feature, missing]) => node('div', { class: 'lack' },
        node('b', {}, feature), ' lacks', node('ul', {}, ...missing.map((each) => node('li', { class: 'mono' }, each)))))));
}

function identity(status) {
  const facts = [
    ['Cluster', status.cluster_id], ['Agent', status.agent_id], ['Version', status.version],
    ['Kubernetes', status.kubernetes_version || 'not known yet'], ['Boot', status.boot_id],
    ['Started', status.started_at], ['Signing keys', String(status.signing_keys)],
  ];
  byId('identity').replaceChildren(...facts.flatMap(([key, value]) =>
    [node('dt', {}, key), node('dd', { class: key === 'Boot' ? 'mono' : null }, value)]));
}

function settings(status) {
  byId('settings').replaceChildren(node('table', {},
    node('thead', {}, node('tr', {}, ...['Variable', 'Value', 'From'].map((title) => node('th', { scope: 'col' }, title)))),
    node('tbody', {}, ...status.settings.map(({ name, value, origin }) => node('tr', { class: origin === 'default' ? 'muted' : null },
      node('td', { class: 'mono' }, name), node('td', { class: 'mono value' }, value || '–'),
      node('td', {}, origin === 'default' ? 'default' : chip(origin, origin === 'remote' ? 'info' : 'plain')))))));
}

function draw(status) {
  const now = Date.parse(status.started_at) + status.uptime_seconds * 1000;
  head(status);
  problems(status);
  components(status, now);
  tiles(status);
  actions(status, now);
  permissions(status);
  identity(status);
  settings(status);
}

async function refresh() {
  try {
    const answer = await fetch('status', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MILLIS) });
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    draw(await answer.json());
    answeredAt = new Date();
    byId('lost').hidden = true;
    byId('refreshed').textContent = `refreshed ${answeredAt.toLocaleTimeString('en-GB')}`;
  } catch (e) {
    document.body.dataset.state = 'lost';
    byId('headline').textContent = 'The agent does not answer';
    byId('lost').hidden = false;
    byId('lost').textContent = answeredAt
      ? `What is shown is of ${answeredAt.toLocaleTimeString('en-GB')}; is the port-forward still up? (${e.message})`
      : `Nothing was heard of it yet (${e.message})`;
  }
  setTimeout(refresh, EVERY_MILLIS);
}

refresh();
