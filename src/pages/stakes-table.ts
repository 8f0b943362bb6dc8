import { html } from 'hono/html'
import { CATEGORIES } from '../domain/model.ts'
import type { Stake } from '../domain/simulation.ts'
import { formatAmount } from '../domain/wording.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'
import { CATEGORY_TITLES, LOCALE } from './dry-run-words.ts'

/** What mails speak of, by sort of mail; each kind and unit has a line, and nothing is summed across units. */
export function stakesTable(stakes: readonly Stake[]): Html {
  const groups = Map.groupBy(stakes, ({ category }) => category)
  return html`<div class="wide" role="region" aria-label="What is at stake" tabindex="0"><table>
<caption>What is at stake, by unit and kind</caption>
<thead><tr><th scope="col">Kind</th><th scope="col" class="number">Grants</th><th scope="col" class="number">Amount</th></tr></thead>
${CATEGORIES.filter((category) => groups.has(category)).map(
  (category) => html`<tbody>
<tr><th scope="rowgroup" colspan="3" class="group">${CATEGORY_TITLES[category]}</th></tr>
${(groups.get(category) ?? []).map(stakeRow)}</tbody>`,
)}
</table></div>`
}

function stakeRow({ kind, grants, amount, unit }: Stake): Html {
  return html`<tr><td><bdi>${showable(kind)}</bdi></td><td class="number">${grants.toLocaleString(LOCALE)}</td><td class="number"><bdi>${showable(formatAmount(amount, unit, LOCALE))}</bdi></td></tr>
`
}
