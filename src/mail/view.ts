import { sumDecimals } from '../domain/amount.ts'
import { describeExpiry, type ExpiryWording, formatAmount, formatDay } from '../domain/wording.ts'
import type { MailContent, MailLine } from './content.ts'
import type { Messages } from './messages.ts'
import { plainText } from './plain-text.ts'

/** More would not be read; the rest is counted and is in the totals. */
const MAX_LINES = 50
const MAX_NAME_CHARACTERS = 80

/** What the templates are given: finished phrases, to be placed and not to be decided on. */
export type MailView = Readonly<{
  lang: string
  dir: 'ltr' | 'rtl'
  senderName: string
  subject: string
  /** Says that the mail is a test; empty where it is none. */
  testNotice: string
  preheader: string
  heading: string
  greeting: string
  intro: string
  lines: readonly LineView[]
  more: string
  totals: readonly string[]
  todo: string
  action: string
  billingUrl: string
  why: string
  stop: string
  stopText: string
  unsubscribeUrl: string
  postalLine: string
}>

type LineView = Readonly<{ name: string; amount: string; source: string; until: string; days: string }>

/** Puts a mail's content into the words of a language. */
export function viewOf(content: MailContent, say: Messages, language: string): MailView {
  const { category, lines, locale, timeZone, now, billingUrl } = content
  const expiries = lines
    .slice(0, MAX_LINES)
    .map(({ expiresAt }) => describeExpiry({ expiresAt, now, timeZone, locale }))
  const [first] = expiries
  if (first === undefined) throw new Error('a mail without lines')
  const account = name(content.account.name)
  const totals = totalsOf(lines, locale)
  const facts = {
    account,
    amount: totals.join(', '),
    count: lines.length,
    date: first.shortDate,
    days: first.daysLeft,
    // One amount and one date fit a sentence; several need the table.
    spread: totals.length === 1 && isOneExpiry(lines) ? 'one' : 'other',
    link: billingUrl === null ? 'no' : 'yes',
    test: content.isTest === true ? `${say('testMark')} ` : '',
  }
  const left = lines.length - expiries.length
  return {
    lang: language,
    dir: 'ltr',
    senderName: name(content.sender.name),
    subject: say(`${category}.subject`, subjectFacts(facts, totals)),
    testNotice: content.isTest === true ? say('testNotice') : '',
    preheader: say(`${category}.preheader`, { ...facts, account: plainText(content.account.name, 40) }),
    heading: say(`${category}.heading`, facts),
    greeting: say('greeting', { name: content.recipient.name === null ? 'none' : name(content.recipient.name) }),
    intro: say(`${category}.intro`, facts),
    lines: expiries.map((expiry, index) => lineView(lines[index] as MailLine, expiry, content, say)),
    more: left === 0 ? '' : say('more', { count: left, units: totals.length }),
    // The total of one line is that line.
    totals: lines.length === 1 ? [] : totals.map((amount) => say('total', { amount })),
    todo: say(`${category}.todo`, facts),
    action: say(`${category}.action`),
    billingUrl: billingUrl ?? '',
    why: say('why', facts),
    stop: say('stop'),
    stopText: say('stopText'),
    unsubscribeUrl: content.unsubscribeUrl,
    postalLine: say('postal', { sender: name(content.sender.name), postal: content.sender.postalAddress ?? 'none' }),
  }
}

function lineView(line: MailLine, expiry: ExpiryWording, content: MailContent, say: Messages): LineView {
  const { category, locale, timeZone } = content
  const kind = plainText(line.kind, MAX_NAME_CHARACTERS)
  return {
    name: line.name === null || line.name.trim() === '' ? say('unnamed', { kind }) : name(line.name),
    amount: plainText(formatAmount(line.amount, line.unit, locale), MAX_NAME_CHARACTERS),
    source: say('source', { kind: say('kind', { kind }), date: formatDay(line.grantedAt, { timeZone, locale }) }),
    until: say(`${category}.until`, { until: expiry.until }),
    days: category === 'warning' ? say('days', { days: expiry.daysLeft }) : '',
  }
}

/** Totals of a mail's lines, one per unit and never across units, in the order of the lines. */
function totalsOf(lines: readonly MailLine[], locale: string): readonly string[] {
  return [...Map.groupBy(lines, ({ unit }) => unit)].map(([unit, ofUnit]) => {
    const total = sumDecimals(ofUnit.map(({ amount }) => amount))
    return plainText(formatAmount(total, unit, locale), MAX_NAME_CHARACTERS)
  })
}

function isOneExpiry(lines: readonly MailLine[]): boolean {
  return lines.every(({ expiresAt }) => expiresAt.getTime() === lines[0]?.expiresAt.getTime())
}

/** A subject has room for one amount. */
function subjectFacts<T extends Readonly<{ amount: string }>>(facts: T, totals: readonly string[]): T {
  const [first = ''] = totals
  return { ...facts, amount: totals.length > 1 ? `${plainText(first, 24)} +` : plainText(first, 28) }
}

function name(text: string): string {
  return plainText(text, MAX_NAME_CHARACTERS)
}
