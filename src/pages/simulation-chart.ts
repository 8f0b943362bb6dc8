import { html } from 'hono/html'
import { CATEGORIES } from '../domain/model.ts'
import { daysIn, type Span, type SpanLength, spansOf } from '../domain/spans.ts'
import type { ReportedSide, SimulationReport } from '../jobs/simulation-report.ts'
import { type Chart, chartFigure, type Point } from './chart.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'
import { CATEGORY_TITLES, count } from './dry-run-words.ts'
import { change, number } from './simulation-verdict.ts'

/** So many bars can be told apart. */
const MOST_BARS = 62
/** A line shows more. */
const MOST_DAYS_OF_A_LINE = 400

/** The mails of a period over time; of two sets of rules, both in one picture, with the difference in its table. */
export function simulationChart(report: SimulationReport): Html {
  return html`<section class="card" aria-labelledby="over-time">
<h2 id="over-time">When the mails go out</h2>
${chartFigure(report.compared === null ? ofOne(report) : ofTwo(report, report.compared))}
</section>`
}

function ofOne(report: SimulationReport): Chart {
  const length = daysIn(report) <= MOST_BARS ? 'day' : 'week'
  const spans = spansOf(report.side.period.days, report, length)
  const categories = CATEGORIES.filter((category) => spans.some(({ byCategory }) => byCategory[category] > 0))
  return {
    ...over(spans, length, report),
    form: 'bar',
    stacked: true,
    series: categories.map((category) => ({
      name: CATEGORY_TITLES[category],
      points: spans.map(({ byCategory }) => pointOf(byCategory[category])),
    })),
  }
}

function ofTwo(report: SimulationReport, compared: ReportedSide): Chart {
  const days = daysIn(report)
  const length = days <= MOST_DAYS_OF_A_LINE ? 'day' : 'week'
  const spans = spansOf(report.side.period.days, report, length)
  const others = spansOf(compared.period.days, report, length)
  return {
    ...over(spans, length, report),
    form: days <= MOST_BARS ? 'bar' : 'line',
    stacked: false,
    series: [
      { name: showable(report.side.name), points: spans.map(({ emails }) => pointOf(emails)) },
      {
        name: showable(compared.name),
        points: others.map(({ emails }, index) => {
          const difference = change(emails - (spans[index]?.emails ?? 0))
          return { drawn: emails, shown: difference === '' ? number(emails) : `${number(emails)} (${difference})` }
        }),
      },
    ],
  }
}

function over(spans: readonly Span[], length: SpanLength, { side }: SimulationReport) {
  const places = spans.map(({ start }) => start)
  return {
    title: `Mails by ${length}`,
    description: `${count(side.period.totals.emails, 'mail')} under ${showable(side.name)}, from ${places[0]} to ${places.at(-1)}`,
    axis: length === 'week' ? 'Week of' : 'Day',
    places,
  }
}

function pointOf(emails: number): Point {
  return { drawn: emails, shown: number(emails) }
}
