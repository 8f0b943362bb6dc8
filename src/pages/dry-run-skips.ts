import { html } from 'hono/html'
import { REASON_EXPLANATIONS } from '../domain/reason-explanations.ts'
import type { DryRun } from '../jobs/dry-run.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'
import { count, LOCALE, namedGrants } from './dry-run-words.ts'

const MAX_FAULTS = 100

/** Who gets no mail, by reason, each in full. */
export function skipsSection({ skipped }: DryRun): Html {
  if (skipped.length === 0) return html``
  const byReason = [...Map.groupBy(skipped, ({ reason }) => reason)].toSorted((a, b) => b[1].length - a[1].length)
  return html`<section class="card" aria-labelledby="skips">
<h2 id="skips">Skipped: ${count(skipped.length, 'grant')}</h2>
<div class="wide" role="region" aria-label="Skipped by reason" tabindex="0"><table>
<thead><tr><th scope="col" class="number">Grants</th><th scope="col">Reason</th><th scope="col">What it means</th></tr></thead>
<tbody>${byReason.map(
    ([reason, grants]) => html`<tr>
<td class="number">${grants.length.toLocaleString(LOCALE)}</td><td>${reason}</td><td>${REASON_EXPLANATIONS[reason]}${namedGrants(grants, `skipped for ${reason}`)}</td></tr>`,
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
