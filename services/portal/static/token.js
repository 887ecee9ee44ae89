/** The token that a cluster asks for: out of the address (#token=…) or typed once, and kept until this tab is closed. */

import { fill, h } from './dom.js';
import { t } from './words.js';

const given = new URLSearchParams(location.hash.slice(1)).get('token');
if (given) {
  sessionStorage.setItem('token', given);
  history.replaceState(history.state, '', location.pathname + location.search);
}

/** @type {Promise<void> | undefined} */
let asking;

export const token = () => sessionStorage.getItem('token') ?? '';

/** @type {(value: string) => Record<string, string>} */
export const bearer = (value) => (value ? { Authorization: `Bearer ${value}` } : {});

/**
 * Wait until there is another token than the refused one; all who wait share one dialog.
 * @param {string} refused
 * @param {string} [signIn] address of the page where persons sign in instead
 */
export async function anotherThan(refused, signIn = '') {
  if (token() !== refused) return;
  asking ??= askForToken(refused, signIn).finally(() => { asking = undefined; });
  await asking;
}

/**
 * @param {string} refused
 * @param {string} signIn
 * @returns {Promise<void>}
 */
function askForToken(refused, signIn) {
  return new Promise((done) => {
    const field = h('input', { type: 'password', autocomplete: 'off', required: true, id: 'token-field' });
    const box = h('dialog', { 'aria-labelledby': 'token-title', oncancel: (event) => event.preventDefault() });
    /** @param {Event} event */
    const keep = (event) => {
      event.preventDefault();
      sessionStorage.setItem('token', field.value.trim());
      box.remove();
      done();
    };
    fill(box, h('form', { onsubmit: keep }, h('h2', { id: 'token-title' }, t(signIn ? 'signInTitle' : 'tokenTitle')),
      signIn && h('p', {}, h('a', { class: 'button', href: signIn }, t('signIn'))),
      h('p', {}, t(refused ? 'tokenRefused' : signIn ? 'tokenInstead' : 'tokenWhy')),
      h('p', {}, h('label', { for: 'token-field' }, t('tokenField')), ' ', field, ' ', h('button', {}, t('tokenGo')))));
    document.body.append(box);
    box.showModal();
  });
}
