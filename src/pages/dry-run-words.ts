import { html } from 'hono/html'
import type { Category } from '../domain/model.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'

/** What each sort of mail tells, in the words of the table of the terminal. */
export const CATEGORY_TITLES = {
  warning: 'Expiring',
  expired: 'Gone',
  correction: 'Moved to later',
} as const satisfies Record<Category, string>

/** The language of the report; the mails in it are in their readers'. */
export const LOCALE = 'en'

/** `1,200 mails`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString(LOCALE)} ${number === 1 ? one : many}`
}

/** `2026-05-25 12:00 UTC`. */
export function instantInWords(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Of many grants, so many are named. */
const MAX_NAMED = 20

/** Which grants these are, folded away. @param whose what they have in common, for those who hear the page */
export function namedGrants(
  grants: readonly Readonly<{ grantId: string; accountId: string; detail?: string | null }>[],
  whose: string,
): Html {
  return html`<details class="on-screen"><summary>${grants.length > MAX_NAMED ? `The first ${MAX_NAMED}` : 'Which'}<span class="unseen"> ${whose}</span></summary><ul>${grants
    .slice(0, MAX_NAMED)
    .map(
      ({ grantId, accountId, detail = null }) =>
        html`<li><bdi>${showable(`${grantId} of ${accountId}${detail === null ? '' : `: ${detail}`}`)}</bdi></li>`,
    )}</ul></details>`
}
