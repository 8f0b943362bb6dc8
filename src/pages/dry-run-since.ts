import { html } from 'hono/html'
import type { OutcomeChange, SinceLastSweep } from '../jobs/dry-run-report.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'
import { count, instantInWords, LOCALE, namedGrants } from './dry-run-words.ts'

/** So many changes are told apart. */
const MAX_CHANGES = 30

/** What has changed since the last real sweep. */
export function sinceSection(since: SinceLastSweep | null): Html {
  return html`<section class="card" aria-labelledby="since">
<h2 id="since">Since the last sweep</h2>
${since === null ? html`<p>There was no sweep before: this would be the first.</p>` : compared(since)}
</section>`
}

const STATES = {
  planned: 'which went out',
  held: 'which are held, and wait for approval',
  approved: 'which were held and approved',
  discarded: 'which a person discarded',
} as const satisfies Record<SinceLastSweep['state'], string>

function compared({ id, asOf, state, emails, hasOtherRules, newMails, retried, ...since }: SinceLastSweep): Html {
  const planned = emails === 0 ? 'planned no mail' : `planned ${count(emails, 'mail')}, ${STATES[state]}`
  return html`<p>The last one, <bdi>${id}</bdi> as of ${instantInWords(asOf)}, ${planned}.</p>
<p>${count(newMails, 'mail')} ${newMails === 1 ? 'is' : 'are'} newly due${retried === 0 ? '' : `; ${count(retried, 'mail')} of earlier sweeps would be tried again`}.</p>
<p class="${hasOtherRules ? 'bad' : 'soft'}">${hasOtherRules ? 'The rules have changed since.' : 'The rules are the same.'}</p>
${changesTable(since.changes)}
${since.moved === null || since.moved.length === 0 ? '' : movedTable(since.moved)}`
}

function changesTable(changes: readonly OutcomeChange[]): Html {
  if (changes.length === 0) return html`<p>Of each grant comes what came of it then.</p>`
  const rest = changes.slice(MAX_CHANGES).reduce((sum, { grants }) => sum + grants.length, 0)
  return html`<div class="wide" role="region" aria-label="Grants of which something else comes now" tabindex="0"><table>
<caption>Grants of which something else comes now than came of them then</caption>
<thead><tr><th scope="col" class="number">Grants</th><th scope="col">Then</th><th scope="col">Now</th></tr></thead>
<tbody>${changes.slice(0, MAX_CHANGES).map(
    ({ before, after, grants }) => html`<tr>
<td class="number">${grants.length.toLocaleString(LOCALE)}</td><td>${outcomeInWords(before)}</td>
<td>${outcomeInWords(after)}${namedGrants(grants, `then ${outcomeInWords(before)}, now ${outcomeInWords(after)}`)}</td></tr>`,
  )}</tbody>
</table></div>
${rest === 0 ? '' : html`<p class="soft">And ${count(rest, 'grant')} more, with changes that are rarer.</p>`}`
}

/** A reason keeps its name, by which it is found in the table of those that are skipped. */
function outcomeInWords(outcome: OutcomeChange['before']): string {
  if (outcome === null) return 'not looked at'
  return outcome === 'mailed' ? 'in a mail' : showable(outcome)
}

function movedTable(moved: NonNullable<SinceLastSweep['moved']>): Html {
  const change = (difference: number) =>
    `${difference > 0 ? '+' : '\u2212'}${Math.abs(difference).toLocaleString(LOCALE)}`
  return html`<details class="on-screen"><summary>How many grants were skipped for each reason</summary>
<div class="wide" role="region" aria-label="Skipped grants then and now" tabindex="0"><table>
<thead><tr><th scope="col">Skipped for</th><th scope="col" class="number">Then</th><th scope="col" class="number">Now</th><th scope="col" class="number">Change</th></tr></thead>
<tbody>${moved.map(
    ({ reason, before, after }) =>
      html`<tr><td>${reason}</td><td class="number">${before.toLocaleString(LOCALE)}</td><td class="number">${after.toLocaleString(LOCALE)}</td><td class="number">${change(after - before)}</td></tr>`,
  )}</tbody>
</table></div></details>`
}
