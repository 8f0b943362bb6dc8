import { daysIn, type Span, type SpanLength, spansOf } from '../domain/spans.ts'
import type { ReportedSide, SimulationReport } from '../jobs/simulation-report.ts'
import { style } from './output.ts'
import { nameInShort } from './simulate-words.ts'

/** So many rows are taken in at a glance. */
const MOST_DAYS = 31
const MOST_WEEKS = 65
const DAYS_PER_WEEK = 7
/** Where no terminal says how wide it is. */
const DEFAULT_COLUMNS = 80
const MOST_BAR_COLUMNS = 60
const LEAST_BAR_COLUMNS = 10
/** So many spans in a row without a mail are one line. */
const LEAST_FOLDED = 3

const LOCALE = 'en'
/** Of a column, an eighth to all eight of them. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█']
/** Of the second rules, told apart without colour. */
const OTHER_BAR = '▒'

/**
 * The mails of a period as bars, a day, a week or a month each, those of two sets of rules below each other. Bars of whole and
 * partial blocks are a few lines; the libraries at hand draw lines, or are not kept up.
 *
 * @param width of the terminal; null where there is none
 */
export function simulationChart(report: SimulationReport, width: number | null): readonly string[] {
  const { side, compared } = report
  const length = spanLength(report)
  const rows = barsOf(side, report, length)
  const others = compared === null ? [] : barsOf(compared, report, length)
  const most = Math.max(1, ...[...rows, ...others].map(({ emails }) => emails))
  const spanColumns = rows[0]?.start.length ?? 0
  const numberColumns = inWords(most).length + (compared === null ? 0 : inWords(-most).length + 3)
  const room = (width ?? DEFAULT_COLUMNS) - spanColumns - numberColumns - ' '.repeat(4).length
  const columns = Math.min(MOST_BAR_COLUMNS, Math.max(LEAST_BAR_COLUMNS, room))
  const lines: string[] = []
  for (let at = 0; at < rows.length; ) {
    const empty = emptyFrom(at, rows, others)
    if (empty >= LEAST_FOLDED) {
      lines.push(style('dim', ` ${'⋮'.padEnd(spanColumns)}  ${empty} ${length}s without a mail`))
      at += empty
      continue
    }
    const { start = '', emails = 0 } = rows[at] ?? {}
    lines.push(` ${start}  ${barWithNumber('cyan', bar(emails / most, columns), inWords(emails))}`)
    if (compared !== null) {
      const other = others[at]?.emails ?? 0
      const words = `${inWords(other)}${other === emails ? '' : ` (${signed(other - emails)})`}`
      lines.push(` ${' '.repeat(spanColumns)}  ${barWithNumber('yellow', otherBar(other / most, columns), words)}`)
    }
    at += 1
  }
  return [style('bold', `Mails by ${length}`) + legend(report), ...lines]
}

/** How many spans in a row are without a mail, under either rules. */
function emptyFrom(start: number, rows: readonly Span[], others: readonly Span[]): number {
  let at = start
  while (at < rows.length && rows[at]?.emails === 0 && (others[at]?.emails ?? 0) === 0) at += 1
  return at - start
}

function spanLength(period: SimulationReport): SpanLength {
  const days = daysIn(period)
  return days <= MOST_DAYS ? 'day' : days <= MOST_WEEKS * DAYS_PER_WEEK ? 'week' : 'month'
}

function barsOf({ period }: ReportedSide, { from, to }: SimulationReport, length: SpanLength) {
  return spansOf(period.days, { from, to }, length)
}

function legend({ side, compared }: SimulationReport): string {
  return compared === null
    ? ''
    : `: ${style('cyan', '█')} ${nameInShort(side.name)}, ${style('yellow', OTHER_BAR)} ${nameInShort(compared.name)}`
}

/** A share of the columns there are, to an eighth of one; of few mails among many, a trace is left. */
function bar(share: number, columns: number): string {
  const eighths = share === 0 ? 0 : Math.max(1, Math.round(share * columns * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}

function otherBar(share: number, columns: number): string {
  return OTHER_BAR.repeat(share === 0 ? 0 : Math.max(1, Math.round(share * columns)))
}

function barWithNumber(colour: 'cyan' | 'yellow', drawn: string, words: string): string {
  return drawn === '' ? words : `${style(colour, drawn)} ${words}`
}

function inWords(number: number): string {
  return number.toLocaleString(LOCALE)
}

/** `+12`, `-3`. */
export function signed(number: number): string {
  return number > 0 ? `+${inWords(number)}` : inWords(number)
}
