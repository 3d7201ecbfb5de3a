import { el, set, text, reconcile, ratio, percent } from "./dom.js";
import { openNode, openPod } from "./panel.js";

const container = document.getElementById("nodes");
const UNSCHEDULED = "\u0000unscheduled";

export function renderCluster(state) {
  if (!state.cluster) return;
  const { nodes, pods, problem, pods_not_shown: notShown, server } = state.cluster;
  const byNode = Map.groupBy(pods, (pod) => pod.node || UNSCHEDULED);
  const cards = [...nodes];
  if (byNode.has(UNSCHEDULED)) cards.push({ name: UNSCHEDULED });
  text(document.getElementById("server"), server);
  text(
    document.getElementById("cluster-summary"),
    `${nodes.length} nodes · ${pods.length + notShown} pods` + (notShown ? ` (${notShown} not shown)` : ""));
  const problemLine = document.getElementById("cluster-problem");
  problemLine.hidden = !problem;
  text(problemLine, problem ?? "");
  reconcile(container, cards, (node) => node.name,
    (node) => (node.name === UNSCHEDULED ? createUnscheduled() : createNode(node, state)),
    (card, node) => updateCard(card, node, byNode.get(node.name) ?? [], state));
}

function createNode(node, state) {
  return el("article", { class: "node", "data-node": node.name },
    el("button", { type: "button", click: () => openNode(node.name, state) },
      el("div", { class: "title" }, el("b", {}, node.name), el("span", { class: "chip" })),
      meter("CPU"), meter("Memory")),
    el("div", { class: "pods" }));
}

function createUnscheduled() {
  return el("article", { class: "node unscheduled" },
    el("div", { class: "title" }, el("b", {}, "Not scheduled")),
    el("div", { class: "pods" }));
}

function meter(label) {
  return el("div", { class: "meter" }, el("span", {}, label), el("i"), el("span", {}, "–"));
}

function updateCard(card, node, pods, state) {
  if (node.name !== UNSCHEDULED) updateNode(card, node, state);
  reconcile(card.querySelector(".pods"), pods, (pod) => `${pod.namespace}/${pod.name}`,
    (pod) => el("button", {
      type: "button",
      "data-pod": `${pod.namespace}/${pod.name}`,
      click: () => openPod(pod.namespace, pod.name, state),
    }),
    (tile, pod) => updatePod(tile, pod, state));
}

function updateNode(card, node, state) {
  const draining = isDraining(node.name, state.actions.actions);
  card.classList.toggle("cordoned", node.cordoned);
  card.classList.toggle("draining", draining);
  card.classList.toggle("not-ready", !node.ready);
  const chip = card.querySelector(".title .chip");
  const status = draining ? "draining" : node.cordoned ? "cordoned" : node.ready ? "ready" : "not ready";
  text(chip, status);
  chip.className = `chip ${!node.ready ? "bad" : node.cordoned || draining ? "warn" : "good"}`;
  const usage = state.usage.nodes[node.name];
  const [cpu, memory] = card.querySelectorAll(".meter");
  updateMeter(cpu, usage && ratio(usage.cpu_millicores, usage.cpu_of_millicores));
  updateMeter(memory, usage && ratio(usage.memory_bytes, usage.memory_of_bytes));
}

function updateMeter(element, use) {
  element.style.setProperty("--use", Math.min(1, use ?? 0));
  element.classList.toggle("high", (use ?? 0) > 0.8);
  text(element.lastElementChild, percent(use ?? null));
}

function updatePod(tile, pod, state) {
  const key = `${pod.namespace}/${pod.name}`;
  const usage = state.usage.pods[key];
  const use = usage ? ratio(usage.cpu_millicores, usage.cpu_of_millicores) : null;
  tile.className = `pod ${pod.state}`;
  tile.style.setProperty("--fill", use === null ? "var(--unknown)" : color(use));
  const cpu = usage?.cpu_millicores;
  const label = `${key} – ${pod.state}` +
    (cpu === null || cpu === undefined ? "" : `, CPU ${cpu} m` + (use === null ? "" : ` (${percent(use)})`));
  set(tile, { title: label, "aria-label": label });
}

/** Along the legend's ramp, which CSS interpolates in the same colour space. */
function color(use) {
  const stops = [[0, "--ramp0"], [0.5, "--ramp1"], [0.8, "--ramp2"], [1.0, "--ramp3"]];
  for (let i = 1; i < stops.length; i++) {
    const [to, end] = stops[i];
    const [from, start] = stops[i - 1];
    if (use <= to) {
      const share = Math.round(((use - from) / (to - from)) * 100);
      return `color-mix(in oklch, var(${end}) ${share}%, var(${start}))`;
    }
  }
  return "var(--ramp3)";
}

function isDraining(name, actions) {
  return actions.some((action) =>
    action.type === "drain_node" && !action.dry_run && action.parameters.node_name === name &&
    (action.phase === "accepted" || action.phase === "running"));
}
