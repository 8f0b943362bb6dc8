import { html } from 'hono/html'
import { plainText } from '../mail/plain-text.ts'
import type { Html } from './document.ts'

const MAX_CHARACTERS = 2000

/** Facts, each under its name. */
export function definitions(entries: readonly (readonly [string, Html | string])[]): Html {
  return html`<div class="wide" role="region" aria-label="Facts" tabindex="0"><table><tbody>${entries.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
  )}</tbody></table></div>`
}

/** A table that scrolls by itself where the page is narrow. */
export function table(heads: readonly string[], rows: readonly (readonly (Html | string)[])[]): Html {
  return html`<div class="wide" role="region" aria-label="${heads.join(', ')}" tabindex="0"><table><thead><tr>${heads.map(
    (head) => html`<th scope="col">${head}</th>`,
  )}</tr></thead><tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`
}

/** Words of others: they may hold anything, and read from right to left. */
export function own(text: string): Html {
  return html`<bdi>${shown(text)}</bdi>`
}

/** The same as text, for where no element may stand. */
export function shown(text: string): string {
  return plainText(text, MAX_CHARACTERS)
}
