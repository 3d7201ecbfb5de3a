import { text, age } from "./dom.js";

const svg = document.getElementById("plot");
const summary = document.getElementById("metrics-summary");
const SERIES = ["pods", "nodes", "workloads", "events"];
const SECONDS = 300;
const BUCKETS = 60;
const HEIGHT = 120;
const FOOT = 18;
const HEAD = 12;

/** Records received in each five seconds of the last five minutes, stacked by kind. */
export function renderPlot(state) {
  if (!state.batches) return;
  const { latest, batches, records } = state.batches;
  const last = latest.at(-1);
  text(summary, last
    ? `${records.toLocaleString("en")} records in ${batches.toLocaleString("en")} batches, last ${age(last.at)}`
    : "none yet");
  const buckets = fill(latest);
  const max = scale(Math.max(...buckets.map((bucket) => SERIES.reduce((sum, name) => sum + bucket[name], 0))));
  const width = svg.clientWidth || 300;
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  svg.replaceChildren(...frame(width, max), ...bars(buckets, width, max));
}

function fill(batches) {
  const step = (SECONDS / BUCKETS) * 1000;
  // Aligned to the clock, so that bars keep their batches while they move.
  const end = Math.ceil(Date.now() / step) * step;
  const buckets = Array.from({ length: BUCKETS }, () => ({ pods: 0, nodes: 0, workloads: 0, events: 0 }));
  for (const batch of batches) {
    const index = BUCKETS - 1 - Math.floor((end - new Date(batch.at)) / step);
    if (index >= 0 && index < BUCKETS) for (const name of SERIES) buckets[index][name] += batch[name];
  }
  return buckets;
}

function scale(max) {
  if (max <= 10) return 10;
  const power = 10 ** Math.floor(Math.log10(max));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((top) => top >= max);
}

function frame(width, max) {
  const base = HEIGHT - FOOT;
  const parts = [shape("line", { x1: 0, x2: width, y1: base + 0.5, y2: base + 0.5 }),
    shape("line", { x1: 0, x2: width, y1: HEAD + 0.5, y2: HEAD + 0.5, "stroke-dasharray": "2 4" }),
    label(0, HEAD - 3, `${max} records / 5 s`, "start")];
  for (const [minutes, anchor] of [[5, "start"], [2.5, "middle"], [0, "end"]]) {
    parts.push(label(width * (1 - minutes / 5), HEIGHT - 4, minutes ? `−${minutes} min` : "now", anchor));
  }
  return parts;
}

function bars(buckets, width, max) {
  const slot = width / BUCKETS;
  const shapes = [];
  buckets.forEach((bucket, i) => {
    let y = HEIGHT - FOOT;
    for (const name of SERIES) {
      if (!bucket[name]) continue;
      const height = Math.max(1, (bucket[name] / max) * (HEIGHT - FOOT - HEAD));
      y -= height;
      shapes.push(shape("rect", { class: `${name}-bar`, x: i * slot + 0.5, y, width: Math.max(1, slot - 1.2), height, rx: 1 }));
    }
  });
  return shapes;
}

function label(x, y, content, anchor) {
  const element = shape("text", { x, y, "text-anchor": anchor });
  element.textContent = content;
  return element;
}

function shape(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
