/** Elements without a framework. Text stays text: nothing here ever parses markup. */

/** @import { Attributes, Child } from '../page.js' */

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

/**
 * Make an element: `h('a', {class: 'x', href, onclick}, 'text', node, null)`; empty children and false attributes are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes] those that begin with `on` are listeners
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...present(children));
  return node;
}

/**
 * Children in one flat list, without the empty ones.
 * @param {Child[]} children
 * @returns {(string | Node)[]}
 */
export function present(children) {
  return children.flatMap((child) => (Array.isArray(child) ? present(child) : child ? [child] : []));
}

/** @param {keyof typeof PATHS} name */
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

/**
 * A short mark beside a line. The word says it; the shape and colour only help.
 * @param {string} kind
 * @param {string} text
 * @param {string} [title]
 */
export function mark(kind, text, title) {
  return h('span', { class: `mark ${kind}`, title }, text);
}

/**
 * Put children in place of what is there.
 * @template {Element} E
 * @param {E} node
 * @param {...Child} children
 */
export function fill(node, ...children) {
  node.replaceChildren(...present(children));
  return node;
}

/**
 * The element of index.html with this id.
 * @template {HTMLElement} E
 * @param {string} id
 * @param {new () => E} kind
 */
export function byId(id, kind) {
  const node = document.getElementById(id);
  if (!(node instanceof kind)) throw new TypeError(`#${id} is no ${kind.name}`);
  return node;
}

/**
 * All elements below `root` that match a selector and are of a kind.
 * @template {Element} E
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => E} kind
 */
export function all(root, selector, kind) {
  /** @type {E[]} */
  const found = [];
  for (const node of root.querySelectorAll(selector)) if (node instanceof kind) found.push(node);
  return found;
}

/**
 * The element at which an event began.
 * @param {Event} event
 */
export function targetOf(event) {
  return event.target instanceof Element ? event.target : null;
}

/**
 * Forget that a field of a form was found wrong, once it is written in.
 * @param {Event} event
 */
export function clearValidity(event) {
  if (event.target instanceof HTMLInputElement) event.target.setCustomValidity('');
}
