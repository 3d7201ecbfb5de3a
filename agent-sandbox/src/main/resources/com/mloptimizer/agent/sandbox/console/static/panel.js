import { el, percent, ratio, bytes } from "./dom.js";

const dialog = document.getElementById("panel");
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

export function openNode(name, state) {
  const node = state.cluster.nodes.find((candidate) => candidate.name === name);
  if (!node) return;
  const pods = state.cluster.pods.filter((pod) => pod.node === name);
  open(node.name, "Node", [
    ["Status", (node.ready ? "ready" : "not ready") + (node.cordoned ? ", cordoned" : "")],
    ["Pods", String(pods.length)],
    ...usageFacts(state.usage.nodes[name], "allocatable"),
    ...present("Zone", node.zone), ...present("Instance type", node.instance_type), ...present("Kubelet", node.version),
  ], nodeActions(node));
}

export function openPod(namespace, name, state) {
  const pod = state.cluster.pods.find((candidate) => candidate.namespace === namespace && candidate.name === name);
  if (!pod) return;
  const workload = pod.workload && state.cluster.workloads.find((candidate) =>
    candidate.kind === pod.workload.kind && candidate.namespace === namespace && candidate.name === pod.workload.name);
  open(pod.name, "Pod", [
    ["Namespace", namespace],
    ["State", pod.state],
    ["Node", pod.node || "none yet"],
    ...present("Belongs to", pod.workload && `${pod.workload.kind} ${pod.workload.name}`),
    ...usageFacts(state.usage.pods[`${namespace}/${name}`], "request or limit"),
  ], podActions(pod, workload));
}

function present(name, value) {
  return value ? [[name, value]] : [];
}

function usageFacts(usage, of) {
  if (!usage) return [["Usage", "no sample yet"]];
  const cpu = ratio(usage.cpu_millicores, usage.cpu_of_millicores);
  const memory = ratio(usage.memory_bytes, usage.memory_of_bytes);
  return [
    ["CPU", usage.cpu_millicores === null ? "–" : `${usage.cpu_millicores} m` + (cpu === null ? "" : `, ${percent(cpu)} of ${of}`)],
    ["Memory", bytes(usage.memory_bytes) + (memory === null ? "" : `, ${percent(memory)} of ${of}`)],
  ];
}

/* An action: its type, what it does, and its fields: [name, label, type, value]. */

function nodeActions(node) {
  const target = [["node_name", "Node", "text", node.name]];
  const cordon = node.cordoned
    ? { type: "uncordon_node", name: "Uncordon", help: "Lets the scheduler put new pods here again.", fields: target }
    : { type: "cordon_node", name: "Cordon", help: "No new pod is scheduled here; those that run stay.", fields: target };
  const drain = {
    type: "drain_node", name: "Drain", help: "Cordons the node and evicts its pods, as disruption budgets allow.",
    fields: [...target,
      ["timeout_seconds", "Give up after (seconds)", "number", 300],
      ["delete_emptydir_data", "Also pods whose emptyDir data is lost", "checkbox", false],
      ["force", "Also pods that nothing brings back", "checkbox", false]],
  };
  return [cordon, drain, labelAction("label_node", target)];
}

function podActions(pod, workload) {
  const evict = {
    type: "evict_pod", name: "Evict", help: "Ends the pod as disruption budgets allow; its workload makes another.",
    fields: [["namespace", "Namespace", "text", pod.namespace], ["pod_name", "Pod", "text", pod.name]],
  };
  const label = labelAction("label_resource",
    [["kind", "Kind", "text", "Pod"], ["namespace", "Namespace", "text", pod.namespace], ["name", "Name", "text", pod.name]]);
  const scale = workload && {
    type: "scale_workload", name: "Scale", help: `${workload.kind} ${workload.name} has ${workload.ready} of ${workload.desired} replicas ready.`,
    fields: [["kind", "Kind", "text", workload.kind], ["namespace", "Namespace", "text", workload.namespace],
      ["name", "Name", "text", workload.name], ["replicas", "Replicas", "number", workload.desired + 1]],
  };
  return [evict, ...(scale ? [scale] : []), label];
}

function labelAction(type, target) {
  return {
    type, name: "Label", help: "Sets one label, or removes it.",
    fields: [...target, ["label_key", "Label", "text", "example.com/seen"], ["label_value", "Value", "text", "yes"],
      ["remove", "Remove it", "checkbox", false]],
  };
}

function open(title, kind, facts, actions) {
  const place = el("div");
  const choices = actions.map((action) => el("button", {
    type: "button", "data-choose": action.type, "aria-pressed": "false",
    click: () => choose(action),
  }, action.name));
  const choose = (action) => {
    choices.forEach((button) => button.setAttribute("aria-pressed", button.dataset.choose === action.type));
    place.replaceChildren(form(action));
  };
  dialog.replaceChildren(
    el("header", {},
      el("div", {}, el("p", { class: "muted" }, kind), el("h2", { id: "panel-title" }, title)),
      el("button", { type: "button", class: "close", "aria-label": "Close", click: () => dialog.close() }, "×")),
    el("dl", { class: "facts" }, facts.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("h3", {}, "Send an action"),
    el("div", { class: "choices" }, choices),
    place);
  choose(actions[0]);
  dialog.showModal();
}

function form(action) {
  const problem = el("p", { class: "problem", hidden: "", role: "alert" });
  const send = el("button", { class: "send", type: "submit" }, `Sign and send`);
  const element = el("form", { "data-form": action.type },
    el("p", {}, action.help),
    action.fields.map(([name, label, type, value]) => field(name, label, type, value)),
    field("dry_run", "Dry run: tell the plan, change nothing", "checkbox", false),
    problem, send);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    const failure = await post(action.type, element.elements);
    send.disabled = false;
    problem.hidden = !failure;
    problem.textContent = failure ?? "";
    if (!failure) dialog.close();
  });
  return element;
}

function field(name, label, type, value) {
  const input = el("input", { name, type, ...(type === "checkbox" ? {} : { value, required: "", autocomplete: "off" }) });
  if (type === "number") input.min = 0;
  if (type === "checkbox") {
    input.checked = value;
    return el("label", { class: "check" }, input, label);
  }
  return el("label", {}, label, input);
}

/** What went wrong, or nothing. */
async function post(type, inputs) {
  const parameters = {};
  for (const input of inputs) {
    if (!input.name || input.name === "dry_run") continue;
    if (input.type === "checkbox") parameters[input.name] = input.checked;
    else parameters[input.name] = input.type === "number" ? Number(input.value) : input.value.trim();
  }
  if ("label_key" in parameters) {
    parameters.labels = { [parameters.label_key]: parameters.label_value };
    delete parameters.label_key;
    delete parameters.label_value;
  }
  try {
    const answer = await fetch("/console/actions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ type, parameters, dry_run: inputs.dry_run.checked }),
    });
    return answer.ok ? null : await answer.text();
  } catch (error) {
    return `The backend did not answer: ${error.message}`;
  }
}
