/** The token that a cluster asks for: out of the address (#token=…) or typed once, and kept until this tab is closed. */

import { fill, h } from './dom.js';
import { t } from './words.js';

const given = new URLSearchParams(location.hash.slice(1)).get('token');
if (given) {
  sessionStorage.setItem('token', given);
  history.replaceState(history.state, '', location.pathname + location.search);
}

let asking;

export const token = () => sessionStorage.getItem('token') ?? '';

export const bearer = (value) => (value ? { Authorization: `Bearer ${value}` } : {});

/** Resolves once there is another token than the refused one; one question for all who wait. */
export async function anotherThan(refused) {
  if (token() !== refused) return;
  asking ??= typed(refused).finally(() => { asking = undefined; });
  await asking;
}

function typed(refused) {
  return new Promise((done) => {
    const field = h('input', { type: 'password', autocomplete: 'off', required: true, id: 'token-field' });
    const box = h('dialog', { 'aria-labelledby': 'token-title', oncancel: (event) => event.preventDefault() });
    const keep = (event) => {
      event.preventDefault();
      sessionStorage.setItem('token', field.value.trim());
      box.remove();
      done();
    };
    fill(box, h('form', { onsubmit: keep }, h('h2', { id: 'token-title' }, t('tokenTitle')),
      h('p', {}, t(refused ? 'tokenRefused' : 'tokenWhy')),
      h('p', {}, h('label', { for: 'token-field' }, t('tokenField')), ' ', field, ' ', h('button', {}, t('tokenGo')))));
    document.body.append(box);
    box.showModal();
  });
}
