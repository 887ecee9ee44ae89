/** Elements without a framework. Text stays text: nothing here ever parses markup. */

const SVG = 'http://www.w3.org/2000/svg';
const PATHS = {
  proof: 'M4 1.5h5.5L13 5v9.5H4zM9.5 1.5V5H13M6.3 8h4.4M6.3 10.7h4.4',
  pending: 'M4 1.5h5.5L13 5v9.5H4zM8.5 6.2v3.6M8.5 11.8v.4',
  tree: 'M2.5 2.5h5v3h-5zM8.5 8.5h5v3h-5zM4.5 5.5V10h4',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  back: 'M9.5 3L4.5 8l5 5',
  calendar: 'M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 1.8v3M10.5 1.8v3',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.4 10.4l3.6 3.6',
};

/** `h('a', {class: 'x', href, onclick}, 'text', node, null)`; empty children and false attributes are left out. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...present(children));
  return node;
}

export function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== '');
}

export function icon(name) {
  const picture = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  for (const [key, value] of Object.entries({ viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true', focusable: 'false' })) {
    picture.setAttribute(key, value);
  }
  picture.append(path);
  return picture;
}

/** A short mark beside a line. The word says it; the shape and colour only help. */
export function mark(kind, text, title) {
  return h('span', { class: `mark ${kind}`, title }, text);
}

/** Puts children in place of what is there. */
export function fill(node, ...children) {
  node.replaceChildren(...present(children));
  return node;
}
