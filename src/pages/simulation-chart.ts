import { html } from 'hono/html'
import { CATEGORIES } from '../domain/model.ts'
import { daysIn, type Span, type SpanLength, spansOf } from '../domain/spans.ts'
import type { ReportedSide, SimulationReport } from '../jobs/simulation-report.ts'
import { type Chart, chartFigure, type Point } from './chart.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'
import { CATEGORY_TITLES, count } from './dry-run-words.ts'
import { change, number } from './simulation-verdict.ts'

/** So many days can be told apart, each with its sorts of mail or with both rules. */
const MOST_DAYS = 62
/** So many bars of one series can be seen. */
const MOST_BARS = 400

/** The mails of a period over time; of two sets of rules, both in one picture, and in another what changes. */
export function simulationChart(report: SimulationReport): Html {
  const { compared } = report
  return html`<section class="card" aria-labelledby="over-time">
<h2 id="over-time">When the mails go out</h2>
${compared === null ? chartFigure(ofOne(report)) : html`${chartFigure(ofTwo(report, compared))}${chartFigure(ofChange(report, compared))}`}
</section>`
}

function ofOne(report: SimulationReport): Chart {
  const length = daysIn(report) <= MOST_DAYS ? 'day' : 'week'
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
  const length = daysIn(report) <= MOST_DAYS ? 'day' : 'week'
  const sides = [report.side, compared]
  return {
    ...over(spansOf(report.side.period.days, report, length), length, report),
    form: 'bar',
    stacked: false,
    series: sides.map(({ name, period }) => ({
      name: showable(name),
      points: spansOf(period.days, report, length).map(({ emails }) => pointOf(emails)),
    })),
  }
}

function ofChange(report: SimulationReport, compared: ReportedSide): Chart {
  const length = daysIn(report) <= MOST_BARS ? 'day' : 'week'
  const spans = spansOf(report.side.period.days, report, length)
  const others = spansOf(compared.period.days, report, length)
  return {
    ...over(spans, length, report),
    title: `More or fewer mails under ${showable(compared.name)}, by ${length}`,
    form: 'bar',
    stacked: false,
    series: [
      {
        name: 'change',
        points: others.map(({ emails }, at) => {
          const drawn = emails - (spans[at]?.emails ?? 0)
          return { drawn, shown: change(drawn) || '0' }
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
