import { html } from 'hono/html'
import { describeMailDifference, describeWarnedDifference } from '../domain/mail-difference.ts'
import { CATEGORIES } from '../domain/model.ts'
import type { SimulatedPeriod } from '../domain/simulation.ts'
import type { SimulationReport } from '../jobs/simulation-report.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'
import { CATEGORY_TITLES, count, instantInWords, LOCALE } from './dry-run-words.ts'
import { stakesTable } from './stakes-table.ts'

/** What a period comes to, in a few sentences and figures. */
export function simulationVerdict(report: SimulationReport): Html {
  const { from, to, sweptAlready, side, compared, quietBecause } = report
  const isHeld = [side, ...(compared === null ? [] : [compared])].some(({ period }) => period.held.length > 0)
  return html`<header>
<h1>Simulation from ${instantInWords(from)} to ${instantInWords(to)}</h1>
<p class="soft">${compared === null ? html`Under <bdi>${showable(side.name)}</bdi>. ` : html`Side by side: <bdi>${showable(side.name)}</bdi> and <bdi>${showable(compared.name)}</bdi>. `}Nothing was sent.</p>
</header>
<main>
<section class="card verdict ${isHeld ? 'bad' : quietBecause === null ? '' : 'quiet'}" aria-label="Verdict">
${quietBecause !== null ? html`<p><strong>The period brings no mail.</strong></p><p>That is because ${quietBecause}.</p>` : compared === null ? single(side.period) : differing({ ...report, compared })}
${sweptAlready === null ? '' : html`<p class="soft">The ledger has sweeps up to ${instantInWords(sweptAlready)}: what they told counts as told.</p>`}
</section>`
}

function single({ totals, largestDay, held, sweeps }: SimulatedPeriod): Html {
  const whom = `${count(totals.people, 'person', 'people')} of ${count(totals.accounts, 'account')}`
  return html`<p><strong>The period brings ${count(totals.emails, 'mail')} to ${whom}.</strong></p>
<p>${held.length === 0 ? 'No sweep would be held for approval.' : `${count(held.length, 'sweep')} of it would be held for approval; here they count as approved at once.`}</p>
<dl class="figures">
${largestDay === null ? '' : html`<div><dt>Largest day</dt><dd>${largestDay.day}: ${count(largestDay.emails, 'mail')}</dd></div>`}
${CATEGORIES.filter((category) => totals.byCategory[category] > 0).map((category) => html`<div><dt>${CATEGORY_TITLES[category]}</dt><dd>${number(totals.byCategory[category])}</dd></div>`)}
<div><dt>Sweeps</dt><dd>${number(sweeps)}</dd></div>
</dl>
${stakesTable(totals.stakes)}`
}

type Compared = SimulationReport & Readonly<{ compared: NonNullable<SimulationReport['compared']> }>

function differing({ side, compared }: Compared): Html {
  const [a, b] = [side.period, compared.period]
  const rows: readonly (readonly [string, number, number])[] = [
    ['Mails', a.totals.emails, b.totals.emails],
    ...CATEGORIES.filter((category) => a.totals.byCategory[category] + b.totals.byCategory[category] > 0).map(
      (category) => [CATEGORY_TITLES[category], a.totals.byCategory[category], b.totals.byCategory[category]] as const,
    ),
    ['People', a.totals.people, b.totals.people],
    ['Accounts', a.totals.accounts, b.totals.accounts],
    ['Mails on the largest day', a.largestDay?.emails ?? 0, b.largestDay?.emails ?? 0],
    ['Sweeps held for approval', a.held.length, b.held.length],
  ]
  const largest = ({ largestDay }: SimulatedPeriod) => largestDay?.day ?? 'none'
  return html`<p><strong>${describeMailDifference(a.totals.emails, b.totals.emails)}</strong></p>
<p>Under <bdi>${showable(compared.name)}</bdi>, ${describeWarnedDifference(compared.comparison)}</p>
<div class="wide" role="region" aria-label="Both side by side" tabindex="0"><table class="beside">
<thead><tr><th scope="col"><span class="unseen">What</span></th><th scope="col" class="number"><bdi>${showable(side.name)}</bdi></th><th scope="col" class="number"><bdi>${showable(compared.name)}</bdi></th><th scope="col" class="number">Change</th></tr></thead>
<tbody>${rows.map(
    ([title, before, after]) =>
      html`<tr><th scope="row">${title}</th><td class="number">${number(before)}</td><td class="number">${number(after)}</td><td class="number">${change(after - before)}</td></tr>`,
  )}
<tr><th scope="row">Largest day</th><td class="number">${largest(a)}</td><td class="number">${largest(b)}</td><td></td></tr></tbody>
</table></div>`
}

/** `+12`, `−3`; nothing where nothing changes. */
export function change(difference: number): string {
  if (difference === 0) return ''
  return `${difference > 0 ? '+' : '\u2212'}${number(Math.abs(difference))}`
}

export function number(value: number): string {
  return value.toLocaleString(LOCALE)
}
