/** An element with attributes and children; text goes in as text, never as markup. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  set(element, attributes);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets attributes; null removes one, a function listens to the event of its name. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === null || value === false) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}

export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/** Makes the children of a parent one for each item, keeps those that stay, in the items' order. */
export function reconcile(parent, items, key, create, update) {
  const wanted = new Set(items.map(key));
  // First, so that those that stay need not move, which would start their animations anew.
  for (const child of [...parent.children]) if (!wanted.has(child.dataset.key)) child.remove();
  const kept = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    let child = kept.get(key(item));
    if (!child) {
      child = create(item);
      child.dataset.key = key(item);
    }
    update(child, item);
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
}

export function percent(ratio) {
  return ratio === null ? "–" : `${Math.round(ratio * 100)} %`;
}

export function ratio(used, of) {
  return used === null || used === undefined || !of ? null : used / of;
}

export function bytes(count) {
  if (count === null || count === undefined) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    unit++;
  }
  return `${count.toFixed(count < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

export function age(from, to = Date.now()) {
  const seconds = Math.max(0, Math.round((to - new Date(from)) / 1000));
  if (seconds < 2) return "just now";
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

export function span(from, to) {
  const millis = Math.max(0, new Date(to) - new Date(from));
  return millis < 1000 ? `${millis} ms` : `${(millis / 1000).toFixed(millis < 10000 ? 1 : 0)} s`;
}
