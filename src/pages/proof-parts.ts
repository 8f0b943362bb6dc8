import { html } from 'hono/html'
import type { Category } from '../domain/model.ts'
import { DROP_REASONS, FAILURE_REASONS } from '../domain/reasons.ts'
import { plainText } from '../mail/plain-text.ts'
import type { Html } from './document.ts'

const MAX_CHARACTERS = 2000
export const LOCALE = 'en'

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

/** What each mail is about. */
export const TITLES = {
  warning: 'credits expire',
  expired: 'credits are gone',
  correction: 'the expiry has moved to later',
} as const satisfies Record<Category, string>

/** An instant, ISO 8601 in UTC. */
export function utc(at: Date): string {
  return at.toISOString()
}

const REASONS: Readonly<Record<string, string>> = { ...DROP_REASONS, ...FAILURE_REASONS }

/** Why a line or a mail came to nothing, in words. */
export function reasonText(reason: string): string {
  return REASONS[reason] ?? reason
}
