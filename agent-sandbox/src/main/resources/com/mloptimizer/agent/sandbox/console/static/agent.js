import { el, text, age, bytes } from "./dom.js";

const box = document.getElementById("agent");
const body = document.getElementById("agent-body");
const chip = document.getElementById("agent-status");

export function renderAgent(state) {
  if (!state.agent) return;
  const { connected, dry_run: dryRun, agent } = state.agent;
  box.dataset.connected = connected;
  const [label, kind] = status(agent, connected);
  text(chip, label);
  chip.className = `chip ${kind}`;
  if (!agent.registration) return;
  const beat = agent.heartbeat;
  body.replaceChildren(
    el("dl", { class: "facts" },
      fact("Cluster", agent.registration.cluster_id),
      fact("Agent", agent.registration.agent_id),
      fact("Version", `${agent.registration.version} on Kubernetes ${agent.registration.kubernetes_version}`),
      fact("Mode", mode(dryRun, beat)),
      fact("WebSocket", [el("span", { class: `dot ${connected ? "good" : "bad"}` }), connected ? " connected" : " down"]),
      fact("Heartbeat", agent.heartbeat_at ? `${age(agent.heartbeat_at)} (${agent.heartbeats})` : "none yet"),
      ...(beat ? [fact("Process", `${bytes(beat.metrics.process.memory_bytes)}, ${beat.metrics.process.cpu_percent.toFixed(1)} % CPU`)] : [])),
    components(beat));
}

function status(agent, connected) {
  if (!agent.registration) return ["waiting", ""];
  if (!agent.registered) return ["stopped", ""];
  const status = agent.heartbeat?.status ?? "registered";
  if (status === "healthy" || status === "registered") return [status, connected ? "good" : "warn"];
  return [status, "warn"];
}

function mode(dryRun, beat) {
  const leader = beat ? (beat.leader ? ", leader" : ", standing by") : "";
  return (dryRun ? "dry run: plans only" : "acts") + leader;
}

function fact(name, value) {
  return [el("dt", {}, name), el("dd", {}, ...[value].flat())];
}

function components(beat) {
  if (!beat) return el("p", { class: "empty" }, "Waiting for the first heartbeat…");
  const order = ["collector", "actuator", "heartbeat", "websocket"];
  return el("ul", { class: "components" },
    order.filter((name) => beat.components[name]).map((name) => {
      const component = beat.components[name];
      return el("li", { "data-component": name, "data-healthy": component.healthy },
        el("span", { class: `dot ${component.healthy ? "good" : "bad"}` }),
        el("span", {}, name),
        el("small", {}, detail(component)),
        component.error ? el("span", { class: "why" }, component.error) : null);
    }));
}

function detail(component) {
  const success = component.last_success_at ? age(component.last_success_at) : "no success yet";
  return component.restarts ? `${success} · ${component.restarts} restarts` : success;
}
