import Table from 'cli-table3'
import { sumDecimals } from '../domain/amount.ts'
import { CATEGORIES, type Category } from '../domain/model.ts'
import { byCodeUnit } from '../domain/order.ts'
import { SKIP_REASONS, type SkipReason } from '../domain/reasons.ts'
import { describeExpiry, formatAmount } from '../domain/wording.ts'
import type { DryRun, ForeseenMail } from '../jobs/dry-run.ts'
import { printable, style } from './output.ts'
import { BORDERLESS } from './table.ts'

const LOCALE = 'en'
const TITLES = { warning: 'Expiring', expired: 'Gone' } as const satisfies Record<Category, string>

/** The dry run for eyes: mails by account, what is at stake by unit, the skipped grants counted by reason. */
export function dryRunTable(result: DryRun): string {
  const { emails, asOf, heldBecause } = result
  const accounts = new Set(emails.map(({ accountId }) => accountId)).size
  const verdict = `${count(emails.length, 'mail')} to ${count(accounts, 'account')}`
  return [
    `Dry run as of ${asOf.toISOString()}: ${style('bold', verdict)}. Nothing was sent.`,
    ...(heldBecause === null ? [] : [style('yellow', `A run would hold all of it for approval: ${heldBecause}.`)]),
    ...CATEGORIES.flatMap((category) => section(category, result)),
    '',
    ...skippedLines(result),
  ].join('\n')
}

function section(category: Category, { emails, asOf }: DryRun): readonly string[] {
  const mails = emails.filter((mail) => mail.category === category)
  if (mails.length === 0) return []
  const title = `${TITLES[category]}: ${count(mails.length, 'mail')}`
  return ['', style('bold', title), mailTable(mails, asOf), ...totals(mails)]
}

function mailTable(mails: readonly ForeseenMail[], asOf: Date): string {
  const table = new Table({
    head: ['account', 'to', 'stage', 'amount', 'credits', 'expiry'],
    style: { head: [], border: [], compact: true },
    chars: BORDERLESS,
    colAligns: ['left', 'left', 'left', 'right', 'left', 'left'],
  })
  for (const mail of mails.toSorted((a, b) => byCodeUnit(a.accountId, b.accountId))) {
    for (const [index, line] of mail.lines.entries()) {
      const { timeZone } = mail
      const expiry = describeExpiry({ expiresAt: line.expiresAt, now: asOf, timeZone, locale: LOCALE })
      table.push([
        index === 0 ? shorten(`${mail.accountName} (${mail.accountId})`) : '',
        index === 0 ? shorten(mail.to) : '',
        line.stage,
        formatAmount(line.amount, line.unit, LOCALE),
        shorten(line.name ?? line.kind),
        expiry.until,
      ])
    }
  }
  return table.toString()
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

function skippedLines({ skipped }: DryRun): readonly string[] {
  if (skipped.length === 0) return ['Skipped: no grant.']
  const byReason = [...Map.groupBy(skipped, ({ reason }) => reason)].toSorted((a, b) => b[1].length - a[1].length)
  const table = new Table({ style: { head: [], border: [], compact: true }, chars: BORDERLESS, colAligns: ['right'] })
  for (const [reason, grants] of byReason) {
    table.push([String(grants.length), reason, style('dim', SKIP_REASONS[reason as SkipReason])])
  }
  return [style('bold', `Skipped: ${count(skipped.length, 'grant')}`), table.toString()]
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
