import { html } from 'hono/html'
import { type ExpiringUnit, type ExpiringWeek, KIND_GROUPS, type KindGroup } from '../domain/expiring-weeks.ts'
import { formatAmount } from '../domain/wording.ts'
import { type Chart, chartFigure } from './chart.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'
import { count, LOCALE } from './dry-run-words.ts'

/** A chart is of one unit; so many units have one. */
const MAX_CHARTS = 6

const GROUP_NAMES = {
  purchased: 'purchased',
  promotional: 'promotional',
  other: 'other kinds',
} as const satisfies Record<KindGroup, string>

/** The same kind looks the same in each chart. */
const GROUP_COLOURS = { purchased: 0, promotional: 1, other: 2 } as const satisfies Record<KindGroup, number>

/** What goes by week, a chart a unit. */
export function weeksSection(units: readonly ExpiringUnit[]): Html {
  if (units.length === 0) return html``
  const others = units.slice(MAX_CHARTS)
  return html`<section class="card" aria-labelledby="weeks">
<h2 id="weeks">What expires by week</h2>
<p class="soft">All that is at stake within reach of the first warning, whether or not a mail is due now; a week begins on Monday.</p>
<div class="charts">${units.slice(0, MAX_CHARTS).map((unit) => chartFigure(chartOf(unit)))}</div>
${others.length === 0 ? '' : html`<p class="soft">Not drawn: ${others.map(({ unit, grants }) => `${showable(unit)} (${count(grants, 'grant')})`).join(', ')}.</p>`}
</section>`
}

function chartOf({ unit, grants, weeks }: ExpiringUnit): Chart {
  const groups = KIND_GROUPS.filter((group) => weeks.some(({ amounts }) => Number(amounts[group]) !== 0))
  const places = weeks.map(dayOf)
  return {
    title:
      groups.length === 1 ? `${showable(unit)}, ${groups.map((group) => GROUP_NAMES[group]).join()}` : showable(unit),
    description: `what expires of ${count(grants, 'grant')}, week by week from ${places[0]} to ${places.at(-1)}`,
    form: 'bar',
    stacked: true,
    axis: 'Week of',
    places,
    series: groups.map((group) => ({
      name: GROUP_NAMES[group],
      colour: GROUP_COLOURS[group],
      points: weeks.map(({ amounts }) => ({
        drawn: Number(amounts[group]),
        shown: showable(formatAmount(amounts[group], unit, LOCALE)),
      })),
    })),
  }
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })

function dayOf({ monday: { year, month, day } }: ExpiringWeek): string {
  return DAY.format(new Date(Date.UTC(year, month - 1, day)))
}
