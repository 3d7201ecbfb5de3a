import { renderCluster } from "./cluster.js";
import { renderAgent } from "./agent.js";
import { renderActions } from "./actions.js";
import { renderPlot } from "./plot.js";
import { text } from "./dom.js";

/** The newest state of each section; null until its first event. */
const state = { cluster: null, usage: { pods: {}, nodes: {} }, agent: null, batches: null, actions: { actions: [] } };

const renderers = {
  cluster: () => renderCluster(state),
  usage: () => renderCluster(state),
  agent: () => renderAgent(state),
  batches: () => renderPlot(state),
  actions: () => {
    renderActions(state);
    renderCluster(state);
  },
};

const stream = new EventSource("/console/events");
const chip = document.getElementById("stream");
stream.addEventListener("open", () => {
  text(chip, "live");
  chip.className = "chip good";
});
// The browser connects again by itself.
stream.addEventListener("error", () => {
  text(chip, "reconnecting…");
  chip.className = "chip warn";
});
for (const [section, render] of Object.entries(renderers)) {
  stream.addEventListener(section, (event) => {
    state[section] = JSON.parse(event.data);
    render();
  });
}

// Ages and the plot move on although nothing happens.
setInterval(() => {
  renderAgent(state);
  renderPlot(state);
  renderActions(state);
}, 1000);
