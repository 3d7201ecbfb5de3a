import { el, set, text, reconcile, age, span } from "./dom.js";

const list = document.getElementById("actions");

export function renderActions(state) {
  const actions = state.actions.actions;
  if (!actions.length) return;
  const open = actions.filter((action) => !action.ended_at).length;
  text(document.getElementById("actions-summary"),
    `${actions.length} issued` + (open ? `, ${open} under way` : ""));
  reconcile(list, actions, (action) => action.id, create, update);
}

function create(action) {
  return el("li", { class: "action", "data-action-id": action.id },
    el("div", { class: "what" }, title(action), action.dry_run ? el("span", { class: "chip" }, "dry run") : null),
    el("div", { class: "steps" }, el("span", {}, "issued"), el("span"), el("span"), el("span")),
    el("time", { datetime: action.issued_at, title: `${action.issued_at} · ${action.id}` }),
    el("div", { class: "said" }));
}

function update(row, action) {
  set(row, { "data-phase": action.phase });
  const [issued, accepted, running, outcome] = row.querySelectorAll(".steps span");
  const taken = action.acknowledged_at;
  const ended = action.ended_at;
  step(issued, "issued", action.phase === "issued" ? "now" : "done");
  if (action.phase === "rejected") step(accepted, "rejected", "bad");
  else step(accepted, taken ? `accepted ${span(action.issued_at, taken)}` : "accepted", taken || ended ? "done" : "");
  const rejected = action.phase === "rejected";
  step(running, "running", ended ? "done" : action.phase === "running" || action.phase === "accepted" ? "now" : "");
  running.hidden = rejected || Boolean(ended);
  step(outcome, ended ? `${(action.outcome ?? "").replaceAll("_", " ")} ${span(action.issued_at, ended)}` : "outcome",
    !ended ? "" : action.phase === "succeeded" ? "done" : "bad");
  outcome.hidden = rejected;
  text(row.querySelector(".said"), (rejected ? explain(action.message) : action.message) || waiting(action));
  text(row.querySelector("time"), age(action.issued_at));
}

/** An acknowledgement's rejection is a code; what it means for a person. */
function explain(reason) {
  const meanings = {
    bad_signature: "The agent does not have the key that this was signed with.",
    wrong_cluster: "The agent belongs to another cluster.",
    expired: "It came too late.",
    not_yet_valid: "The clocks of agent and backend are apart.",
    unknown_type: "The agent does not know this type of action.",
    invalid_parameters: "A parameter is missing or wrong.",
    capacity: "The agent's queue is full.",
  };
  return meanings[reason] ?? reason.replaceAll("_", " ");
}

function waiting(action) {
  return action.phase === "issued" ? "Signed and sent, waiting for the agent…" : "";
}

function step(element, label, kind) {
  text(element, label);
  if (element.className !== kind) element.className = kind;
}

/** What the action does, as a person says it. */
function title({ type, parameters: p }) {
  const entries = Object.entries(p.labels ?? {}).map(([key, value]) => `${key}=${value}`).join(", ");
  switch (type) {
    case "cordon_node": return `Cordon ${p.node_name}`;
    case "uncordon_node": return `Uncordon ${p.node_name}`;
    case "drain_node": return `Drain ${p.node_name}`;
    case "evict_pod": return `Evict ${p.namespace}/${p.pod_name}`;
    case "label_node": return `Label ${p.node_name}: ${entries}`;
    case "label_resource": return `Label ${p.kind} ${p.namespace ?? ""}/${p.name}: ${entries}`;
    case "scale_workload": return `Scale ${p.kind} ${p.namespace}/${p.name} to ${p.replicas}`;
    default: return type.replaceAll("_", " ");
  }
}
