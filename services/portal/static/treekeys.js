/** Keys and clicks of a tree, as the ARIA practices have them. One line is in the tab order, with its own controls. */

import { all, targetOf } from './dom.js';

/** @typedef {(item: HTMLElement, open?: boolean) => unknown} Toggle  Opens or closes a line; without `open`, the other way round. */

const CONTROLS = ':scope > .row a, :scope > .row button';

/**
 * @param {HTMLElement} tree
 * @param {Toggle} toggle
 */
export function keys(tree, toggle) {
  tree.addEventListener('click', (event) => {
    const target = targetOf(event);
    const item = lineAt(target);
    if (item && target?.closest('.row') && !target.closest('a, button')) toggle(item);
  });
  tree.addEventListener('focusin', (event) => settle(tree, lineAt(targetOf(event))));
  tree.addEventListener('keydown', (event) => {
    const item = lineAt(targetOf(event));
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    if (press(tree, item, event, toggle)) event.preventDefault();
  });
}

/**
 * The line of the tree that an element is or belongs to.
 * @param {Element | null | undefined} node
 * @returns {HTMLElement | null}
 */
const lineAt = (node) => node?.closest('[role=treeitem]') ?? null;

/** @type {(line: Element, selector: string) => HTMLElement | null} */
const within = (line, selector) => line.querySelector(selector);

/**
 * Do what a key means; whether it meant anything.
 * @param {HTMLElement} tree
 * @param {HTMLElement} item
 * @param {KeyboardEvent} event
 * @param {Toggle} toggle
 */
function press(tree, item, event, toggle) {
  const open = item.getAttribute('aria-expanded');
  const onLine = event.target === item;
  switch (event.key) {
    case 'ArrowDown': return focusOn(beside(tree, item, 1));
    case 'ArrowUp': return focusOn(beside(tree, item, -1));
    case 'Home': return focusOn(lines(tree)[0]);
    case 'End': return focusOn(lines(tree).at(-1));
    case 'ArrowRight':
      if (open === 'false') toggle(item, true);
      else if (open === 'true') focusOn(within(item, '[role=treeitem]'));
      return true;
    case 'ArrowLeft':
      if (open === 'true') toggle(item, false);
      else focusOn(lineAt(item.parentElement));
      return focusOn(open === 'true' ? item : null) || true;
    case 'Enter':
      if (onLine) (within(item, '.row .holder a:not(.proof)') ?? within(item, '.row a'))?.click();
      return onLine;
    case ' ':
      if (onLine) toggle(item);
      return onLine;
    case '*':
      if (item.parentElement) for (const other of all(item.parentElement, ':scope > [aria-expanded=false]', HTMLElement)) toggle(other, true);
      return true;
    default:
      return onLine && event.key.length === 1 && type(tree, item, event.key);
  }
}

/** @param {HTMLElement} tree */
const lines = (tree) => all(tree, '[role=treeitem]', HTMLElement);

/**
 * The line so many lines further down; undefined beyond the last.
 * @param {HTMLElement} tree
 * @param {HTMLElement} item
 * @param {number} step
 * @returns {HTMLElement | undefined}
 */
function beside(tree, item, step) {
  const list = lines(tree);
  return list[list.indexOf(item) + step];
}

/** @param {HTMLElement | null | undefined} item */
function focusOn(item) {
  item?.focus({ preventScroll: true });
  item?.querySelector('.row')?.scrollIntoView({ block: 'nearest' });
  return Boolean(item);
}

/**
 * Go to the next line that begins with the letter; marks do not count, and đ is d.
 * @param {HTMLElement} tree
 * @param {HTMLElement} item
 * @param {string} letter
 */
function type(tree, item, letter) {
  /** @param {string} text */
  const bare = (text) => text.trim().toLowerCase().replace('đ', 'd').normalize('NFD').replace(/\p{M}/gu, '');
  const list = lines(tree);
  const at = list.indexOf(item);
  const found = [...list.slice(at + 1), ...list.slice(0, at)].find((one) => bare(one.querySelector('.name, .title')?.textContent ?? '').startsWith(bare(letter)));
  return focusOn(found);
}

/**
 * Put one line with its own controls into the tab order, and no other.
 * @param {HTMLElement} tree
 * @param {HTMLElement | null} item
 */
function settle(tree, item) {
  if (!item) return;
  for (const other of tree.querySelectorAll('[tabindex="0"]')) other.setAttribute('tabindex', '-1');
  item.setAttribute('tabindex', '0');
  for (const control of item.querySelectorAll(CONTROLS)) control.setAttribute('tabindex', '0');
}
