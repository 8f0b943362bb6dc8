import { html } from 'hono/html'
import { sumDecimals } from '../domain/amount.ts'
import { CATEGORIES, type Category } from '../domain/model.ts'
import type { MailTotals, SimulatedDay, SimulatedMail } from '../domain/simulation.ts'
import { formatAmount } from '../domain/wording.ts'
import type { SimulationReport } from '../jobs/simulation-report.ts'
import type { Samples } from '../jobs/simulation-samples.ts'
import { type Column, dataTable, type Row, showable } from './data-table.ts'
import type { Html } from './document.ts'
import { CATEGORY_TITLES, count, instantInWords, LOCALE } from './dry-run-words.ts'
import { change, number } from './simulation-verdict.ts'

const MAX_LINES_OF_A_MAIL = 5
const MAX_UNITS = 5
const MAX_HELD = 500
const MAX_CHARACTERS = 60

/** The days that bring mails, each opening to these. */
export function* daysSection(report: SimulationReport, samples: Samples): Generator<Html> {
  yield html`<section class="card" aria-labelledby="days">
<h2 id="days">Day by day</h2>
<p class="soft">Days without a mail are left out. Each opens to its mails; of a large day, some are named, and --format json has all.</p>`
  const table = report.compared === null ? ofOne(report, samples) : ofTwo(report, report.compared, samples)
  yield* dataTable({ id: 'days-table', rowsAre: 'days', ...table, opening: 'Show' })
  yield html`</section>`
}

type Table = Readonly<{ columns: readonly Column[]; rows: readonly Row[] }>

function ofOne({ side }: SimulationReport, { mails }: Samples): Table {
  // Expiries are moved now and then: mostly, its column would be of noughts.
  const { correction } = side.period.totals.byCategory
  const categories = CATEGORIES.filter((category) => category !== 'correction' || correction > 0)
  return {
    columns: [
      { title: 'Day', isWhole: true },
      { title: 'Mails', isNumber: true },
      ...categories.map((category) => ({ title: CATEGORY_TITLES[category], isNumber: true })),
      { title: 'People', isNumber: true },
      { title: 'At stake', isNumber: true },
      { title: 'Lost', isNumber: true },
    ],
    rows: side.period.days.map((day) => ({
      cells: [
        day.day,
        figure(day.emails),
        ...categories.map((category) => figure(day.byCategory[category])),
        figure(day.people),
        stakesOf(day, 'warning'),
        stakesOf(day, 'expired'),
      ],
      notes: mailsInWords(mails.get(day.day) ?? [], day.emails),
    })),
  }
}

function ofTwo(
  { side }: SimulationReport,
  compared: NonNullable<SimulationReport['compared']>,
  samples: Samples,
): Table {
  const own = byDay(side.period.days)
  const others = byDay(compared.period.days)
  const notes = (name: string, mails: readonly SimulatedMail[] | undefined, of: SimulatedDay | undefined) => [
    `Under ${name}: ${of === undefined ? 'no mail' : count(of.emails, 'mail')}`,
    ...mailsInWords(mails ?? [], of?.emails ?? 0),
  ]
  return {
    columns: [
      { title: 'Day', isWhole: true },
      { title: `Mails, ${showable(side.name)}`, isNumber: true },
      { title: `Mails, ${showable(compared.name)}`, isNumber: true },
      { title: 'Change', isNumber: true },
      { title: `People, ${showable(side.name)}`, isNumber: true },
      { title: `People, ${showable(compared.name)}`, isNumber: true },
    ],
    rows: [...new Set([...own.keys(), ...others.keys()])].toSorted().map((day) => {
      const [before, after] = [own.get(day), others.get(day)]
      const difference = (after?.emails ?? 0) - (before?.emails ?? 0)
      return {
        cells: [
          day,
          figure(before?.emails ?? 0),
          figure(after?.emails ?? 0),
          [change(difference), difference],
          figure(before?.people ?? 0),
          figure(after?.people ?? 0),
        ],
        notes: [
          ...notes(side.name, samples.mails.get(day), before),
          ...notes(compared.name, samples.otherMails.get(day), after),
        ],
      }
    }),
  }
}

function byDay(days: readonly SimulatedDay[]): ReadonlyMap<string, SimulatedDay> {
  return new Map(days.map((day) => [day.day, day]))
}

function figure(value: number): readonly [string, number] {
  return [number(value), value]
}

/** What mails of one category speak of, a line a unit: kinds are added up, units never. */
function stakesOf({ stakes }: MailTotals, category: Category): string {
  const byUnit = Map.groupBy(
    stakes.filter((stake) => stake.category === category),
    ({ unit }) => unit,
  )
  const amounts = [...byUnit].map(([unit, ofUnit]) =>
    formatAmount(sumDecimals(ofUnit.map(({ amount }) => amount)), unit, LOCALE),
  )
  const more = amounts.length - MAX_UNITS
  return [...amounts.slice(0, MAX_UNITS), ...(more > 0 ? [`${count(more, 'unit')} more`] : [])].join('\n')
}

function mailsInWords(mails: readonly SimulatedMail[], all: number): readonly string[] {
  const more = all - mails.length
  return [...mails.map(mailInWords), ...(more > 0 ? [`and ${count(more, 'mail')} more`] : [])]
}

function mailInWords({ at, accountName, accountId, to, category, lines, waited }: SimulatedMail): string {
  const told = lines
    .slice(0, MAX_LINES_OF_A_MAIL)
    .map(({ grantId, stage, amount, unit }) => `${formatAmount(amount, unit, LOCALE)} (${stage}, ${grantId})`)
  const more = lines.length - MAX_LINES_OF_A_MAIL
  const all = [...told, ...(more > 0 ? [`${count(more, 'grant')} more`] : [])].join('; ')
  const time = at.toISOString().slice('yyyy-mm-ddT'.length, 'yyyy-mm-ddThh:mm'.length)
  return `${time} ${CATEGORY_TITLES[category]}: ${shorten(`${accountName} (${accountId})`)}, ${shorten(to)}: ${all}${waited ? '; it waited since before the period' : ''}`
}

function shorten(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text
  return `${[...text].slice(0, MAX_CHARACTERS - 1).join('')}…`
}

/** The sweeps that the guard would hold, and why. */
export function* heldSection({ side, compared }: SimulationReport): Generator<Html> {
  for (const { name, period } of [side, ...(compared === null ? [] : [compared])]) {
    const { held } = period
    if (held.length === 0) continue
    yield html`<section class="card">
<h2>Held for approval${compared === null ? '' : html` under <bdi>${showable(name)}</bdi>`}: ${count(held.length, 'sweep')}</h2>
<ul>${held.slice(0, MAX_HELD).map(({ at, because }) => html`<li>${instantInWords(at)}: ${because}</li>`)}</ul>
${held.length > MAX_HELD ? html`<p class="soft">And ${count(held.length - MAX_HELD, 'sweep')} more; --format json has all.</p>` : ''}
</section>`
  }
}
