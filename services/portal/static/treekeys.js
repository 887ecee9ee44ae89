/** Keys and clicks of a tree, as the ARIA practices have them. One line is in the tab order, with its own controls. */

const CONTROLS = ':scope > .row a, :scope > .row button';

/** `toggle(item, open?)` opens or closes a line. */
export function keys(tree, toggle) {
  tree.addEventListener('click', (event) => {
    const item = event.target.closest('[role=treeitem]');
    if (item && event.target.closest('.row') && !event.target.closest('a, button')) toggle(item);
  });
  tree.addEventListener('focusin', (event) => settle(tree, event.target.closest('[role=treeitem]')));
  tree.addEventListener('keydown', (event) => {
    const item = event.target.closest('[role=treeitem]');
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    if (press(tree, item, event, toggle)) event.preventDefault();
  });
}

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
      else if (open === 'true') focusOn(item.querySelector('[role=treeitem]'));
      return true;
    case 'ArrowLeft':
      if (open === 'true') toggle(item, false);
      else focusOn(item.parentElement.closest('[role=treeitem]'));
      return focusOn(open === 'true' ? item : null) || true;
    case 'Enter':
      if (onLine) (item.querySelector('.row .holder a:not(.proof)') ?? item.querySelector('.row a'))?.click();
      return onLine;
    case ' ':
      if (onLine) toggle(item);
      return onLine;
    case '*':
      for (const other of item.parentElement.children) if (other.getAttribute('aria-expanded') === 'false') toggle(other, true);
      return true;
    default:
      return onLine && event.key.length === 1 && type(tree, item, event.key);
  }
}

const lines = (tree) => [...tree.querySelectorAll('[role=treeitem]')];

function beside(tree, item, step) {
  const all = lines(tree);
  return all[all.indexOf(item) + step];
}

function focusOn(item) {
  item?.focus({ preventScroll: true });
  item?.querySelector('.row').scrollIntoView({ block: 'nearest' });
  return Boolean(item);
}

/** The next line that begins with the letter; marks do not count, and đ is d. */
function type(tree, item, letter) {
  const bare = (text) => text.trim().toLowerCase().replace('đ', 'd').normalize('NFD').replace(/\p{M}/gu, '');
  const all = lines(tree);
  const at = all.indexOf(item);
  const found = [...all.slice(at + 1), ...all.slice(0, at)].find((one) => bare(one.querySelector('.name, .title')?.textContent ?? '').startsWith(bare(letter)));
  return focusOn(found);
}

function settle(tree, item) {
  if (!item) return;
  for (const other of tree.querySelectorAll('[tabindex="0"]')) other.setAttribute('tabindex', '-1');
  item.setAttribute('tabindex', '0');
  for (const control of item.querySelectorAll(CONTROLS)) control.setAttribute('tabindex', '0');
}
