import { html } from 'hono/html'
import type { WarnedPerson, WarnedTotals } from '../domain/simulation.ts'
import type { SimulationReport } from '../jobs/simulation-report.ts'
import type { Samples } from '../jobs/simulation-samples.ts'
import { dataTable, type Row, showable } from './data-table.ts'
import type { Html } from './document.ts'
import { count } from './dry-run-words.ts'
import { number } from './simulation-verdict.ts'

const MAX_GRANTS = 50

/** In what two sets of rules differ. */
export function settingsSection(
  name: string,
  { name: other, settings }: NonNullable<SimulationReport['compared']>,
): Html {
  return html`<section class="card" aria-labelledby="settings">
<h2 id="settings">What the rules differ in</h2>
${
  settings.length === 0
    ? html`<p>In nothing: the two sets of rules say the same.</p>`
    : html`<div class="wide" role="region" aria-label="Settings that differ" tabindex="0"><table class="beside">
<thead><tr><th scope="col">Setting</th><th scope="col"><bdi>${showable(name)}</bdi></th><th scope="col"><bdi>${showable(other)}</bdi></th></tr></thead>
<tbody>${settings.map(
        (each) =>
          html`<tr><th scope="row"><bdi>${showable(each.setting)}</bdi></th><td><bdi>${showable(each.one)}</bdi></td><td><bdi>${showable(each.other)}</bdi></td></tr>`,
      )}</tbody>
</table></div>`
}
</section>`
}

/** Who is warned by one of two sets of rules only. */
export function* warnedSections(
  name: string,
  { name: other, comparison: { noLongerWarned, newlyWarned } }: NonNullable<SimulationReport['compared']>,
  samples: Samples,
): Generator<Html> {
  yield* warnedSection({
    id: 'no-longer',
    title: 'No longer warned',
    of: noLongerWarned,
    people: samples.noLongerWarned,
    elsewhere: showable(other),
  })
  yield* warnedSection({
    id: 'newly',
    title: 'Newly warned',
    of: newlyWarned,
    people: samples.newlyWarned,
    elsewhere: showable(name),
  })
}

type Warned = Readonly<{
  id: string
  title: string
  of: WarnedTotals
  people: readonly WarnedPerson[]
  /** The rules that do not warn them. */
  elsewhere: string
}>

function* warnedSection({ id, title, of, people, elsewhere }: Warned): Generator<Html> {
  yield html`<section class="card" aria-labelledby="${id}">
<h2 id="${id}">${title}: ${of.people === 0 ? 'nobody' : count(of.people, 'person', 'people')}</h2>`
  if (of.people > 0) {
    yield html`<p>${count(of.people, 'person', 'people')} of ${count(of.accounts, 'account')}; ${count(of.grants, 'grant')} of which <bdi>${elsewhere}</bdi> does not warn them. It warns ${number(of.ofNothing)} of them of nothing in the period.</p>
${people.length < of.people ? html`<p class="soft">The first ${number(people.length)} are here; --format json names all.</p>` : ''}`
    yield* dataTable({
      id: `${id}-table`,
      rowsAre: id === 'newly' ? 'people newly warned' : 'people no longer warned',
      columns: [
        { title: 'Account' },
        { title: 'To' },
        { title: 'Grants', isNumber: true },
        { title: `Under ${elsewhere}` },
      ],
      rows: people.map(rowOf),
      opening: 'Show',
    })
  }
  if (of.outsidePeriod > 0) {
    yield html`<p class="soft">Warned at another time: ${count(of.outsidePeriod, 'person', 'people')}, whom <bdi>${elsewhere}</bdi> warns before the period or, perhaps, after it.</p>`
  }
  yield html`</section>`
}

function rowOf({ accountName, accountId, to, grantIds, ofNothing }: WarnedPerson): Row {
  const more = grantIds.length - MAX_GRANTS
  return {
    cells: [
      `${accountName} (${accountId})`,
      to,
      [number(grantIds.length), grantIds.length],
      ofNothing ? 'not warned' : 'warned of other grants only',
    ],
    notes: [...grantIds.slice(0, MAX_GRANTS), ...(more > 0 ? [`and ${count(more, 'grant')} more`] : [])],
  }
}
