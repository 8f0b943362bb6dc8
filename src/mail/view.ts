import { sumDecimals } from '../domain/amount.ts'
import { describeExpiry, type ExpiryWording, formatAmount, formatDay, isCurrency } from '../domain/wording.ts'
import type { MailContent, MailLine } from './content.ts'
import type { Messages } from './messages.ts'
import { plainText } from './plain-text.ts'

/** More would not be read; the rest is counted and is in the totals. */
const MAX_LINES = 50
const MAX_NAME_CHARACTERS = 80
/** As much as the setting takes. */
const MAX_POSTAL_CHARACTERS = 300
/** What mailboxes show of a subject on a small screen. */
const MAX_SUBJECT_CHARACTERS = 60
/** Leaves the preheader within the 100 characters that mailboxes show of it. */
const MAX_PREHEADER_NAME_CHARACTERS = 34

/** What the templates are given: finished phrases, to be placed and not to be decided on. */
export type MailView = Readonly<{
  lang: string
  dir: string
  senderName: string
  subject: string
  /** Says that the mail is a test; empty where it is none. */
  testNotice: string
  preheader: string
  heading: string
  greeting: string
  intro: string
  /** At least one. */
  lines: readonly LineView[]
  /** Says how many lines there are beyond those; empty where there are none. */
  more: string
  /** One per unit; none where there is one line only, which is its own total. */
  totals: readonly TotalView[]
  todo: string
  action: string
  /** Empty where there is no billing page. */
  billingUrl: string
  why: string
  stop: string
  stopText: string
  unsubscribeUrl: string
  /** Empty where none is set. */
  postalAddress: string
}>

/** `days` is empty where there is nothing to count down to. */
type LineView = Readonly<{ name: string; amount: string; source: string; until: string; days: string }>
type TotalView = Readonly<{ label: string; amount: string }>

/** Puts a mail's content into the words of a language. */
export function viewOf(content: MailContent, say: Messages, language: string): MailView {
  const { category, lines, billingUrl, recipient, sender } = content
  const expiries = lines.slice(0, MAX_LINES).map((line) => expiryOf(line, content))
  const [first] = expiries
  if (first === undefined) throw new Error('a mail without lines')
  const totals = totalsOf(content)
  const left = lines.length - expiries.length
  const account = nameOf(content.account.name) || nameOf(content.account.id)
  const greeted = nameOf(recipient.name ?? '')
  const facts = {
    account,
    count: lines.length,
    date: first.shortDate,
    days: first.daysLeft,
    amount: stakeOf(totals, say),
    units: totals.length === 1 ? 'one' : 'several',
    dates: haveOneDay(content) ? 'one' : 'several',
  }
  return {
    lang: language,
    dir: 'ltr',
    senderName: nameOf(sender.name),
    subject: subjectOf(content, facts, say),
    testNotice: content.isTest === true ? say('testNotice', {}) : '',
    preheader: say(`${category}.preheader`, {
      ...facts,
      account: plainText(account, MAX_PREHEADER_NAME_CHARACTERS),
    }),
    heading: say(`${category}.heading`, facts),
    greeting: say('greeting', { known: greeted === '' ? 'no' : 'yes', name: greeted }),
    intro: say(`${category}.intro`, facts),
    lines: expiries.map((expiry, index) => lineView(lines[index] as MailLine, expiry, content, say)),
    more: left === 0 ? '' : say('more', { count: left, units: facts.units }),
    totals: lines.length === 1 ? [] : totals.map(({ words }) => ({ label: say('total', {}), amount: words })),
    todo: say(`${category}.todo`, { link: billingUrl === null ? 'no' : 'yes' }),
    action: say(`${category}.action`, {}),
    billingUrl: billingUrl ?? '',
    why: say('why', { account, sender: nameOf(sender.name) }),
    stop: say('stop', {}),
    stopText: say('stopText', {}),
    unsubscribeUrl: content.unsubscribeUrl,
    postalAddress: plainText(sender.postalAddress ?? '', MAX_POSTAL_CHARACTERS),
  }
}

function lineView(line: MailLine, expiry: ExpiryWording, content: MailContent, say: Messages): LineView {
  const { category, locale, timeZone } = content
  const kind = nameOf(line.kind)
  return {
    name: nameOf(line.name ?? '') || say('unnamed', { kind }),
    amount: amountOf(line.amount, line.unit, locale),
    source: say('source', { kind, date: formatDay(line.grantedAt, { timeZone, locale }) }),
    until: say(`${category}.until`, { until: expiry.until }),
    days: category === 'warning' ? say('days', { days: expiry.daysLeft }) : '',
  }
}

type SubjectFacts = Readonly<Record<'units' | 'dates' | 'amount' | 'date', string>>

/** With the amount where it fits; cut only where a language is too wordy even without. */
function subjectOf({ category, isTest }: MailContent, facts: SubjectFacts, say: Messages): string {
  const mark = isTest === true ? `${say('testMark', {})} ` : ''
  const whole = mark + say(`${category}.subject`, facts)
  if (whole.length <= MAX_SUBJECT_CHARACTERS) return whole
  return plainText(mark + say(`${category}.shortSubject`, facts), MAX_SUBJECT_CHARACTERS)
}

type Total = Readonly<{ unit: string; words: string }>

/** Totals of a mail's lines, one per unit and never across units, in the order of the lines. */
function totalsOf({ lines, locale }: MailContent): readonly Total[] {
  return [...Map.groupBy(lines, ({ unit }) => unit)].map(([unit, ofUnit]) => {
    const total = sumDecimals(ofUnit.map(({ amount }) => amount))
    return { unit, words: amountOf(total, unit, locale) }
  })
}

/** The amount in a sentence: of several units, the first, which is the most urgent. */
function stakeOf([first]: readonly Total[], say: Messages): string {
  if (first === undefined) return ''
  return say('stake', { form: isCurrency(first.unit) ? 'money' : 'own', amount: first.words })
}

/** True where all lines have the same last usable day. */
function haveOneDay(content: MailContent): boolean {
  const instants = content.lines.map(({ expiresAt }) => expiresAt.getTime())
  const [first, last] = [Math.min(...instants), Math.max(...instants)]
  const dayOf = (ms: number) => describeExpiry({ ...content, expiresAt: new Date(ms) }).date
  return first === last || dayOf(first) === dayOf(last)
}

function expiryOf({ expiresAt }: MailLine, { now, timeZone, locale }: MailContent): ExpiryWording {
  return describeExpiry({ expiresAt, now, timeZone, locale })
}

function amountOf(amount: string, unit: string, locale: string): string {
  return plainText(formatAmount(amount, unit, locale), MAX_NAME_CHARACTERS)
}

function nameOf(text: string): string {
  return plainText(text, MAX_NAME_CHARACTERS)
}
