import Table from 'cli-table3'
import { sumDecimals } from '../domain/amount.ts'
import { describeFirstSweep } from '../domain/first-sweep.ts'
import { CATEGORIES, type Category } from '../domain/model.ts'
import { expiryOfInstant } from '../domain/never.ts'
import { byCodeUnit } from '../domain/order.ts'
import { SKIP_REASONS } from '../domain/reasons.ts'
import { describeExpiry, formatAmount, untilInWords } from '../domain/wording.ts'
import type { DryRun, ForeseenMail } from '../jobs/dry-run.ts'
import { columnWidths, fitColumns } from './fit.ts'
import { printable, style, terminalWidth, withoutTrailingBlanks } from './output.ts'
import { BORDERLESS } from './table.ts'

const LOCALE = 'en'
const TITLES = { warning: 'Expiring', expired: 'Gone', correction: 'Moved to later' } as const satisfies Record<
  Category,
  string
>

/**
 * The dry run for eyes: mails by account, what is at stake by unit, the skipped grants counted by reason.
 *
 * @param width of the terminal, to fit it into; null for as wide as it is
 */
export function dryRunTable(result: DryRun, width: number | null = terminalWidth()): string {
  const { emails, asOf, heldBecause, first } = result
  const accounts = new Set(emails.map(({ accountId }) => accountId)).size
  const verdict = `${count(emails.length, 'mail')} to ${count(accounts, 'account')}`
  return [
    `Dry run as of ${asOf.toISOString()}: ${style('bold', verdict)}. Nothing was sent.`,
    ...(heldBecause === null ? [] : [style('yellow', `A run would hold all of it for approval: ${heldBecause}.`)]),
    ...(first === null ? [] : describeFirstSweep(first)),
    ...CATEGORIES.flatMap((category) => section(category, result, width)),
    '',
    ...skippedLines(result, width),
  ].join('\n')
}

function section(category: Category, { emails, asOf }: DryRun, width: number | null): readonly string[] {
  const mails = emails.filter((mail) => mail.category === category)
  if (mails.length === 0) return []
  const title = `${TITLES[category]}: ${count(mails.length, 'mail')}`
  return ['', style('bold', title), mailTable(mails, asOf, width), ...totals(mails)]
}

const COLUMNS = ['account', 'to', 'stage', 'amount', 'credits'] as const
/** Account, address and name of the credits. */
const SHRINKABLE = [0, 1, 4]

/** On a narrow terminal the last usable day stands for the exact time, and texts are cut; an amount never is. */
function mailTable(mails: readonly ForeseenMail[], asOf: Date, width: number | null): string {
  const wide = [[...COLUMNS, 'expiry'], ...rowsOf(mails, asOf, 'until')]
  const room = width === null ? Number.POSITIVE_INFINITY : width - blanksBetween(COLUMNS.length + 1)
  if (columnWidths(wide).reduce((a, b) => a + b) <= room) return drawMails(wide, [])
  const narrow = [[...COLUMNS, 'last day'], ...rowsOf(mails, asOf, 'shortDate')]
  return drawMails(narrow, fitColumns(columnWidths(narrow), { shrinkable: SHRINKABLE, room }))
}

function rowsOf(mails: readonly ForeseenMail[], asOf: Date, expiryAs: 'until' | 'shortDate'): readonly string[][] {
  return mails
    .toSorted((a, b) => byCodeUnit(a.accountId, b.accountId))
    .flatMap((mail) =>
      mail.lines.map((line, index) => {
        const expiresAt = expiryOfInstant(line.expiresAt)
        const expiry = expiresAt && describeExpiry({ ...mail, expiresAt, now: asOf, locale: LOCALE })
        return [
          index === 0 ? shorten(`${mail.accountName} (${mail.accountId})`) : '',
          index === 0 ? shorten(mail.to) : '',
          line.stage,
          printable(formatAmount(line.amount, line.unit, LOCALE)),
          shorten(line.name ?? line.kind),
          expiry === null ? 'never' : expiryAs === 'until' ? untilInWords(expiry) : expiry.shortDate,
        ]
      }),
    )
}

/** What the library draws at a time: its work grows with the square of a table's length. */
const MAX_ROWS_AT_A_TIME = 250

/** `widths` are those of the columns that shrink, among all; none: as wide as each is. */
function drawMails(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  if (rows.length <= MAX_ROWS_AT_A_TIME) return drawRows(rows, widths, SHRINKABLE)
  const all = widths.length === 0 ? columnWidths(rows) : widths
  const parts = Array.from({ length: Math.ceil(rows.length / MAX_ROWS_AT_A_TIME) }, (_, part) =>
    rows.slice(part * MAX_ROWS_AT_A_TIME, (part + 1) * MAX_ROWS_AT_A_TIME),
  )
  return parts.map((part) => drawRows(part, all, [...all.keys()])).join('\n')
}

/** @param fixed the columns that have the width given, whatever is in them */
function drawRows(rows: readonly (readonly string[])[], widths: readonly number[], fixed: readonly number[]): string {
  const table = new Table({
    style: { head: [], border: [], compact: true },
    chars: BORDERLESS,
    colAligns: ['left', 'left', 'left', 'right', 'left', 'left'],
    colWidths: widths.map((width, column) => (fixed.includes(column) ? width + PADDING : null)),
  })
  table.push(...rows.map((row) => [...row]))
  return withoutTrailingBlanks(table.toString())
}

/** Blanks on both sides of a cell, and the one between two cells. */
const PADDING = 2
const GAP = 1

/** The blanks of a line with so many cells, but for that after the last. */
function blanksBetween(columns: number): number {
  return columns * PADDING + (columns - 1) * GAP - 1
}

/** What is at stake, unit by unit and never across units. A grant that two contacts are told of counts once. */
function totals(mails: readonly ForeseenMail[]): readonly string[] {
  const lines = new Map(mails.flatMap((mail) => mail.lines.map((line) => [line.grantId, line] as const)))
  const byUnit = Map.groupBy(lines.values(), ({ unit }) => unit)
  return [...byUnit].map(([unit, ofUnit]) => {
    const total = formatAmount(sumDecimals(ofUnit.map(({ amount }) => amount)), unit, LOCALE)
    return `  total ${style('bold', printable(total))} in ${count(ofUnit.length, 'grant')}`
  })
}

function skippedLines({ skipped }: DryRun, width: number | null): readonly string[] {
  if (skipped.length === 0) return ['Skipped: no grant.']
  const byReason = [...Map.groupBy(skipped, ({ reason }) => reason)].toSorted((a, b) => b[1].length - a[1].length)
  const rows = byReason.map(([reason, grants]) => [String(grants.length), reason, SKIP_REASONS[reason]])
  const room = width === null ? Number.POSITIVE_INFINITY : width - blanksBetween(3)
  const [counts = 0, reasons = 0, words = 0] = fitColumns(columnWidths(rows), { shrinkable: [2], room })
  const table = new Table({
    style: { head: [], border: [], compact: true },
    chars: BORDERLESS,
    colAligns: ['right'],
    colWidths: [counts, reasons, words].map((columns) => columns + PADDING),
    wordWrap: true,
  })
  for (const [number = '', reason = '', meaning = ''] of rows) table.push([number, reason, style('dim', meaning)])
  const title = `Skipped: ${count(skipped.length, 'grant')}`
  return [`${style('bold', title)}; --format json names each`, withoutTrailingBlanks(table.toString())]
}

const MAX_CELL_CHARACTERS = 40

function shorten(text: string): string {
  const characters = [...printable(text)]
  return characters.length <= MAX_CELL_CHARACTERS
    ? characters.join('')
    : `${characters.slice(0, MAX_CELL_CHARACTERS - 1).join('')}…`
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString(LOCALE)} ${noun}${number === 1 ? '' : 's'}`
}
