import { html } from 'hono/html'
import { SKIP_REASONS } from '../domain/reasons.ts'
import type { DryRun } from '../jobs/dry-run.ts'
import type { SinceLastSweep } from '../jobs/dry-run-report.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'
import { count, instantInWords, LOCALE } from './dry-run-words.ts'

/** So many grants of each reason are named. */
const MAX_NAMED = 20
const MAX_FAULTS = 100

/** Who gets no mail, by reason, each with its words. */
export function skipsSection({ skipped }: DryRun): Html {
  if (skipped.length === 0) return html``
  const byReason = [...Map.groupBy(skipped, ({ reason }) => reason)].toSorted((a, b) => b[1].length - a[1].length)
  return html`<section class="card" aria-labelledby="skips">
<h2 id="skips">Skipped: ${count(skipped.length, 'grant')}</h2>
<div class="wide" role="region" aria-label="Skipped by reason" tabindex="0"><table>
<thead><tr><th scope="col" class="number">Grants</th><th scope="col">Reason</th><th scope="col">What it means</th><th scope="col" class="on-screen">Which</th></tr></thead>
<tbody>${byReason.map(
    ([reason, grants]) => html`<tr>
<td class="number">${grants.length.toLocaleString(LOCALE)}</td><td>${reason}</td><td>${SKIP_REASONS[reason]}</td>
<td class="on-screen"><details><summary>${grants.length > MAX_NAMED ? `The first ${MAX_NAMED}` : 'Show'}<span class="unseen"> skipped for ${reason}</span></summary><ul>${grants
      .slice(0, MAX_NAMED)
      .map(
        ({ grantId, accountId, detail }) =>
          html`<li><bdi>${showable(`${grantId} of ${accountId}${detail === null ? '' : `: ${detail}`}`)}</bdi></li>`,
      )}</ul></details></td></tr>`,
  )}</tbody>
</table></div>
<p class="soft on-screen">--format json and --format csv name each of them.</p>
</section>`
}

/** Rows that cannot be used as they are, for somebody to mend. */
export function faultsSection({ faults }: DryRun): Html {
  if (faults.length === 0) return html``
  const more = faults.length - MAX_FAULTS
  return html`<section class="card" aria-labelledby="faults">
<h2 id="faults">Rows to mend: ${faults.length.toLocaleString(LOCALE)}</h2>
<ul>${faults.slice(0, MAX_FAULTS).map(({ row, fault }) => html`<li><bdi>${showable(`${row}: ${fault}`)}</bdi></li>`)}</ul>
${more > 0 ? html`<p class="soft">And ${count(more, 'row')} more; --format json has them all.</p>` : ''}
</section>`
}

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

function compared({ id, asOf, state, emails, hasOtherRules, newMails, retried, moved }: SinceLastSweep): Html {
  const planned = emails === 0 ? 'planned no mail' : `planned ${count(emails, 'mail')}, ${STATES[state]}`
  return html`<p>The last one, <bdi>${id}</bdi> as of ${instantInWords(asOf)}, ${planned}.</p>
<p>${count(newMails, 'mail')} ${newMails === 1 ? 'is' : 'are'} newly due${retried === 0 ? '' : `; ${count(retried, 'mail')} of earlier sweeps would be tried again`}.</p>
<p class="${hasOtherRules ? 'bad' : 'soft'}">${hasOtherRules ? 'The rules have changed since.' : 'The rules are the same.'}</p>
${moved === null ? html`<p class="soft">Of one account alone, its reasons are not compared.</p>` : movedTable(moved)}`
}

function movedTable(moved: NonNullable<SinceLastSweep['moved']>): Html {
  if (moved.length === 0) return html`<p>As many grants are skipped as then, for the same reasons.</p>`
  const change = (difference: number) =>
    `${difference > 0 ? '+' : '\u2212'}${Math.abs(difference).toLocaleString(LOCALE)}`
  return html`<div class="wide" role="region" aria-label="Skipped grants then and now" tabindex="0"><table>
<thead><tr><th scope="col">Skipped for</th><th scope="col" class="number">Then</th><th scope="col" class="number">Now</th><th scope="col" class="number">Change</th></tr></thead>
<tbody>${moved.map(
    ({ reason, before, after }) =>
      html`<tr><td>${reason}</td><td class="number">${before.toLocaleString(LOCALE)}</td><td class="number">${after.toLocaleString(LOCALE)}</td><td class="number">${change(after - before)}</td></tr>`,
  )}</tbody>
</table></div>`
}
