import Big from 'big.js'
import { html } from 'hono/html'
import { expiryOfInstant } from '../domain/never.ts'
import { byCodeUnit } from '../domain/order.ts'
import { describeExpiry, type ExpiryWording, formatAmount, untilInWords } from '../domain/wording.ts'
import type { ForeseenLine, ForeseenMail } from '../jobs/dry-run.ts'
import { type DryRunReport, type Sample, sampleFor } from '../jobs/dry-run-report.ts'
import { dataTable, framedDocument, type Row } from './data-table.ts'
import type { Html } from './document.ts'
import { CATEGORY_TITLES, count, LOCALE } from './dry-run-words.ts'

const COLUMNS = [
  { title: 'Account' },
  { title: 'To' },
  { title: 'Mail', isWhole: true },
  { title: 'Stage', isWhole: true },
  { title: 'Amount', isNumber: true },
  { title: 'Credits' },
  { title: 'Expiry', isWhole: true },
  { title: 'Language', isWhole: true },
] as const

/** A cell shows so many lines of a mail; the opened row has more. */
const LINES_IN_CELL = 3
const LINES_IN_NOTES = 50
const MAX_CELL_CHARACTERS = 60

/** Every mail that a run would send, as a table whose rows open to the mail. */
export function* mailsSection(report: DryRunReport): Generator<Html> {
  const { emails } = report.run
  if (emails.length === 0) return
  const { samples } = report
  yield html`<section class="card" aria-labelledby="mails">
<h2 id="mails">The mails</h2>
<p class="soft">${
    samples.length === emails.length
      ? 'Each opens to the mail as its reader would see it.'
      : `${count(samples.length, 'mail')} of ${emails.length.toLocaleString(LOCALE)} are here as their readers would see them, of every stage and language; another opens to one that reads alike.`
  } The links in them lead nowhere.</p>`
  const rows = rowsOf(report)
  yield* dataTable({ id: 'mails-table', rowsAre: 'mails', columns: COLUMNS, rows, opening: 'Show' })
  for (const { index, html: source } of samples) yield framedDocument(String(index), source)
  yield html`</section>`
}

function rowsOf(report: DryRunReport): readonly Row[] {
  const { emails, asOf } = report.run
  const find = sampleFor(report)
  const rankOf = ranksOfAmounts(emails)
  return emails.map((mail, index) => {
    const { accountId, accountName, to, category, lines, locale } = mail
    const sample = find(mail, index)
    const first = lines[0]
    return {
      cells: [
        shorten(`${accountName} (${accountId})`),
        shorten(to),
        CATEGORY_TITLES[category],
        inLines(lines, ({ stage }) => stage),
        [inLines(lines, amountOf), first === undefined ? 0 : (rankOf.get(first) ?? 0)],
        inLines(lines, ({ name, kind }) => shorten(name ?? kind)),
        [inLines(lines, (line) => expiryOf(line, mail, asOf)?.shortDate ?? 'never'), first?.expiresAt.getTime() ?? 0],
        locale,
      ],
      notes: notesOn(mail, { asOf, sample, isOwn: sample?.index === index }),
      frame: sample === null ? null : String(sample.index),
    }
  })
}

type Shown = Readonly<{ asOf: Date; sample: Sample | null; isOwn: boolean }>

function notesOn(mail: ForeseenMail, { asOf, sample, isOwn }: Shown): readonly string[] {
  const { accountName, accountId, to, lines } = mail
  const more = lines.length - LINES_IN_NOTES
  return [
    ...(accountName.length + accountId.length > MAX_CELL_CHARACTERS - 3 ? [`${accountName} (${accountId})`] : []),
    ...(to.length > MAX_CELL_CHARACTERS ? [to] : []),
    ...(sample === null
      ? ['This mail is not rendered here.']
      : isOwn
        ? [`Subject: ${sample.subject}`]
        : ['Below is another mail of this stage and language, with its own names, amounts and days.']),
    ...lines.slice(0, LINES_IN_NOTES).map((line) => lineInWords(line, mail, asOf)),
    ...(more > 0 ? [`and ${count(more, 'grant')} more`] : []),
  ]
}

function lineInWords(line: ForeseenLine, mail: ForeseenMail, asOf: Date): string {
  const expiry = expiryOf(line, mail, asOf)
  const until = expiry === null ? 'never expires' : untilInWords(expiry)
  return `${line.grantId}: ${amountOf(line)}, ${line.kind}${line.name === null ? '' : `, ${line.name}`}; ${until}`
}

/** By the reader's calendar, as in the mail (rule R10); null where it never expires. */
function expiryOf({ expiresAt }: ForeseenLine, { timeZone }: ForeseenMail, now: Date): ExpiryWording | null {
  const expiry = expiryOfInstant(expiresAt)
  return expiry && describeExpiry({ expiresAt: expiry, now, timeZone, locale: LOCALE })
}

function amountOf({ amount, unit }: ForeseenLine): string {
  return formatAmount(amount, unit, LOCALE)
}

function inLines(lines: readonly ForeseenLine[], words: (line: ForeseenLine) => string): string {
  const more = lines.length - LINES_IN_CELL
  return [...lines.slice(0, LINES_IN_CELL).map(words), ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
}

function shorten(text: string): string {
  if (text.length <= MAX_CELL_CHARACTERS) return text
  return `${[...text].slice(0, MAX_CELL_CHARACTERS - 1).join('')}…`
}

/** The place of each mail's first amount among all: by unit, because amounts of two units do not compare; exact. */
function ranksOfAmounts(mails: readonly ForeseenMail[]): ReadonlyMap<ForeseenLine, number> {
  const valued = mails.flatMap(({ lines }) => lines[0] ?? []).map((line) => ({ line, value: new Big(line.amount) }))
  valued.sort((a, b) => byCodeUnit(a.line.unit, b.line.unit) || a.value.cmp(b.value))
  let rank = 0
  return new Map(
    valued.map(({ line, value }, index) => {
      const before = valued[index - 1]
      if (before !== undefined && (before.line.unit !== line.unit || !before.value.eq(value))) rank += 1
      return [line, rank]
    }),
  )
}
