// A line of the last minutes, and below it a strip that is red where the component was unhealthy.

const SVG = 'http://www.w3.org/2000/svg';
const FEWEST_POINTS = 24;
const HEIGHT = 40;
const TOP = 3;
const BASE = 34;

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** Pieces without a gap, as [x, value] pairs; the newest value is at the right edge. */
function pieces(values, points) {
  const found = [];
  let piece = [];
  values.forEach((value, index) => {
    if (value === null || value === undefined) {
      if (piece.length) found.push(piece);
      piece = [];
    } else {
      piece.push([points - values.length + index, value]);
    }
  });
  if (piece.length) found.push(piece);
  return found;
}

/**
 * @param values the oldest first, null where nothing is known
 * @param healthy 1 or 0 for each, or nothing for a line without a strip
 * @param label what a screen reader says
 */
export function sparkline(values, { healthy, label, bridge = false }) {
  const points = Math.max(values.length, FEWEST_POINTS);
  const known = values.filter((value) => value !== null && value !== undefined);
  const svg = shape('svg', {
    class: 'spark', viewBox: `0 0 ${points - 1} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label,
  });
  const top = Math.max(...known, 0) || 1;
  const y = (value) => (BASE - (value / top) * (BASE - TOP)).toFixed(2);
  svg.append(shape('line', { class: 'base', x1: 0, x2: points - 1, y1: BASE, y2: BASE }));
  let parts = pieces(values, points);
  if (bridge && parts.length) parts = [parts.flat()];
  for (const part of parts) {
    const line = part.map(([x, value]) => `${x},${y(value)}`).join(' L');
    const start = part[0][0];
    const end = part[part.length - 1][0];
    svg.append(
      shape('path', { class: 'area', d: `M${start},${BASE} L${line} L${end},${BASE} Z` }),
      shape('path', { class: 'line', d: part.length === 1 ? `M${start - 0.5},${y(part[0][1])} h1` : `M${line}` }),
    );
  }
  if (healthy) {
    healthy.forEach((up, index) => {
      const x = points - healthy.length + index;
      if (up === 0) svg.append(shape('rect', { class: 'down', x: x - 1, y: BASE + 2, width: 1.2, height: 4 }));
    });
    const first = points - healthy.length;
    svg.prepend(shape('rect', { class: 'strip', x: first, y: BASE + 2, width: Math.max(0, healthy.length - 1), height: 4 }));
  }
  return svg;
}
