import { sumDecimals } from '../domain/amount.ts'
import type { Category } from '../domain/model.ts'
import type { MailTotals, SimulatedDay } from '../domain/simulation.ts'
import { daysIn } from '../domain/spans.ts'
import { formatAmount } from '../domain/wording.ts'
import { MS_PER_DAY } from '../domain/zone.ts'
import type { SimulationReport } from '../jobs/simulation-report.ts'
import { printable, style } from './output.ts'
import { signed } from './simulate-chart.ts'
import { count, drawTable, LOCALE, nameInShort, tableWidth } from './simulate-words.ts'

/** So many units of a day are told in its row. */
const MAX_UNITS = 3

/** The days of a period that bring mails, one a row; days without any are told by their number. */
export function daysTable(report: SimulationReport, width: number | null): readonly string[] {
  return report.compared === null ? ofOne(report, width) : ofTwo({ ...report, compared: report.compared }, width)
}

function ofOne(report: SimulationReport, width: number | null): readonly string[] {
  const { days, totals } = report.side.period
  const corrections = totals.byCategory.correction > 0
  const heads = ['day', 'mails', 'expiring', 'gone', ...(corrections ? ['moved'] : []), 'people']
  const whole = withGaps(days, report, (day) => [
    day.day,
    ...[day.emails, day.byCategory.warning, day.byCategory.expired].map(inWords),
    ...(corrections ? [inWords(day.byCategory.correction)] : []),
    inWords(day.people),
    stakesOf(day, 'warning'),
    stakesOf(day, 'expired'),
  ])
  const table = [[...heads, 'at stake', 'lost'], ...whole]
  const isNarrow = width !== null && tableWidth(table) > width
  const shown = isNarrow ? table.map((row) => row.slice(0, heads.length)) : table
  const numbers = heads.map((_, column) => column).slice(1)
  return [
    style('bold', 'Day by day'),
    ...drawTable(shown, { numbers, shrinkable: [], width: null }),
    ...(isNarrow ? [style('dim', ' A wider terminal shows the amounts too.')] : []),
  ]
}

type Compared = SimulationReport & Readonly<{ compared: NonNullable<SimulationReport['compared']> }>

function ofTwo(report: Compared, width: number | null): readonly string[] {
  const { side, compared } = report
  const others = new Map(compared.period.days.map((day) => [day.day, day]))
  const own = new Map(side.period.days.map((day) => [day.day, day]))
  const days = [...new Set([...own.keys(), ...others.keys()])].toSorted().map((day) => ({ day }))
  const rows = withGaps(days, report, ({ day }) => {
    const [before, after] = [own.get(day), others.get(day)]
    const [mailsBefore, mailsAfter] = [before?.emails ?? 0, after?.emails ?? 0]
    const change = mailsBefore === mailsAfter ? '' : signed(mailsAfter - mailsBefore)
    return [
      day,
      inWords(mailsBefore),
      inWords(mailsAfter),
      change,
      inWords(before?.people ?? 0),
      inWords(after?.people ?? 0),
    ]
  })
  const names = [nameInShort(side.name), nameInShort(compared.name)]
  const heads = [
    ['', 'mails', '', '', 'people', ''],
    ['day', ...names, 'change', ...names],
  ]
  const isNarrow = width !== null && tableWidth([...heads, ...rows]) > width
  const shown = isNarrow ? [...heads, ...rows].map((row) => row.slice(0, 4)) : [...heads, ...rows]
  return [
    style('bold', 'Day by day'),
    ...drawTable(shown, { numbers: [1, 2, 3, 4, 5], shrinkable: [1, 2], width: isNarrow ? width : null }),
  ]
}

/** Rows of days, and between them one for each run of days that bring no mail. */
function withGaps<T extends Pick<SimulatedDay, 'day'>>(
  days: readonly T[],
  { from, to }: SimulationReport,
  rowOf: (day: T) => readonly string[],
): readonly (readonly string[])[] {
  const width = days[0] === undefined ? 0 : rowOf(days[0]).length
  const gap = (empty: number) =>
    empty <= 0 ? [] : [[`  ${count(empty, 'day')} without`, ...Array.from({ length: width - 1 }, () => '')]]
  const first = Math.floor(from.getTime() / MS_PER_DAY)
  let next = first
  const rows = days.flatMap((day) => {
    const number = Date.parse(day.day) / MS_PER_DAY
    const before = gap(number - next)
    next = number + 1
    return [...before, rowOf(day)]
  })
  return [...rows, ...gap(first + daysIn({ from, to }) - next)]
}

/** What mails of one category speak of on a day: `$1,200.00, 500 credits`. Kinds are added up, units never. */
function stakesOf({ stakes }: MailTotals, category: Category): string {
  const byUnit = Map.groupBy(
    stakes.filter((stake) => stake.category === category),
    ({ unit }) => unit,
  )
  const amounts = [...byUnit].map(([unit, ofUnit]) =>
    printable(formatAmount(sumDecimals(ofUnit.map(({ amount }) => amount)), unit, LOCALE)),
  )
  const more = amounts.length - MAX_UNITS
  return [...amounts.slice(0, MAX_UNITS), ...(more > 0 ? [`${count(more, 'unit')} more`] : [])].join(', ')
}

function inWords(number: number): string {
  return number.toLocaleString(LOCALE)
}
