import { sumDecimals } from '../domain/amount.ts'
import { describeExpiry, type ExpiryWording, formatDay, isCurrency } from '../domain/wording.ts'
import { amountInWords } from './amounts.ts'
import { type Logo, type MailContent, type MailLine, mailKindOf } from './content.ts'
import { type Direction, directionOf, isolated } from './direction.ts'
import type { Messages } from './messages.ts'
import { outlookInWords } from './outlook-words.ts'
import { plainText } from './plain-text.ts'
import { colonOf, plainWherePossible, unbroken } from './typography.ts'

/** More would not be read; the rest is counted and is in the totals. */
const MAX_LINES = 50
const MAX_NAME_CHARACTERS = 80
/** As much as the setting takes. */
const MAX_POSTAL_CHARACTERS = 300
/** What mailboxes show of a subject on a small screen. */
const MAX_SUBJECT_CHARACTERS = 60
/** What mailboxes show of a preheader. */
const MAX_PREHEADER_CHARACTERS = 100
/** Leaves the preheader within them in most languages. */
const MAX_PREHEADER_NAME_CHARACTERS = 34
const MIN_PREHEADER_NAME_CHARACTERS = 6

/** What phrases have words for, by this very name; others are named as the company does. */
const KINDS_IN_WORDS = new Set(['purchased', 'promotional', 'default'])

/** What the templates are given: finished phrases, to be placed and not to be decided on. */
export type MailView = Readonly<{
  lang: string
  /** `ltr` or `rtl`. */
  dir: string
  /** `warning`, `last`, `expired` or `correction`. */
  kind: string
  /** The Content-ID of the sender's logo, which the mail brings along; empty where there is none. */
  logoCid: string
  logoAlt: string
  /** In pixels of CSS. */
  logoWidth: string
  logoHeight: string
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
  /** One for each unit that several lines have, or that lines may have which are not shown. */
  totals: readonly TotalView[]
  /** Stands between a label and its value. */
  colon: string
  /** What becomes of the credits at the present pace, and what is kept beside them; a sentence or two each. */
  notes: readonly NoteView[]
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
type NoteView = Readonly<{ words: string }>

/** Puts a mail's content into the words of a language. */
export function viewOf(content: MailContent, say: Messages, language: string): MailView {
  const { lines, billingUrl, recipient, sender } = content
  const kind = mailKindOf(content)
  const dir = directionOf(language)
  const nameOf = namesIn(dir)
  const [first] = lines
  if (first === undefined) throw new Error('a mail without lines')
  const totals = totalsOf(content, say)
  const shown = lines.slice(0, MAX_LINES)
  const left = lines.length - shown.length
  const account = accountNameOf(content)
  const greeted = nameOf(recipient.name ?? '')
  const expiry = expiryOf(first, content)
  const facts = {
    account: isolated(account, dir),
    count: lines.length,
    date: expiry?.shortDate ?? '',
    expiry: expiry === null ? 'never' : 'dated',
    days: expiry?.daysLeft ?? 0,
    amount: stakeOf(totals, say),
    units: totals.length === 1 ? 'one' : 'several',
    dates: haveOneDay(content) ? 'one' : 'several',
    // Of some that were gone and some that would be, it is true of all that they were said to expire.
    said: lines.every(({ told }) => told?.said === 'gone') ? 'gone' : 'expiring',
  }
  const link = billingUrl === null ? 'no' : 'yes'
  return {
    lang: language,
    dir,
    kind,
    ...logoOf(content.sender.logo ?? null),
    senderName: nameOf(sender.name),
    subject: subjectOf(content, facts, say),
    testNotice: content.isTest === true ? say('testNotice', {}) : '',
    preheader: preheaderOf(account, (name) => say(`${kind}.preheader`, { ...facts, account: isolated(name, dir) })),
    heading: say(`${kind}.heading`, facts),
    greeting: say('greeting', { known: greeted === '' ? 'no' : 'yes', name: greeted }),
    intro: say(`${kind}.intro`, facts),
    lines: shown.map((line) => lineView(line, content, say, nameOf)),
    more: left === 0 ? '' : say('more', { count: left, units: facts.units }),
    totals: totals
      .filter(({ lineCount }) => lineCount > 1 || left > 0)
      .map(({ words }) => ({ label: say('total', {}), amount: words })),
    colon: colonOf(language),
    notes: outlookInWords(content, say).map((words) => ({ words })),
    todo: say(content.tone === 'calm' ? 'todoCalm' : `${kind}.todo`, { link }),
    action: say(`${kind}.action`, {}),
    billingUrl: billingUrl ?? '',
    why: say('why', { account: facts.account, sender: nameOf(sender.name) }),
    stop: say('stop', {}),
    stopText: say('stopText', {}),
    unsubscribeUrl: content.unsubscribeUrl,
    postalAddress: isolated(plainText(sender.postalAddress ?? '', MAX_POSTAL_CHARACTERS), dir),
  }
}

const NO_LOGO = { logoCid: '', logoAlt: '', logoWidth: '', logoHeight: '' }

function logoOf(logo: Logo | null): Pick<MailView, keyof typeof NO_LOGO> {
  if (logo === null) return NO_LOGO
  const { cid, alt, width, height } = logo
  return { logoCid: cid, logoAlt: alt, logoWidth: String(width), logoHeight: String(height) }
}

/** Writes names of others so that they leave a text of that direction as it is. */
export function namesIn(dir: Direction): NameOf {
  return (text) => isolated(plainText(text, MAX_NAME_CHARACTERS), dir)
}

type NameOf = (text: string) => string

/** An account by its name, or where it has none by its id. */
export function accountNameOf({ account }: Pick<MailContent, 'account'>): string {
  return plainText(account.name, MAX_NAME_CHARACTERS) || plainText(account.id, MAX_NAME_CHARACTERS)
}

/** What credits are called that may have no name. */
export function creditsNamed(credits: Pick<MailLine, 'name' | 'kind'>, say: Messages, nameOf: NameOf): string {
  return nameOf(credits.name ?? '') || say('unnamed', { kind: kindInWords(credits.kind, nameOf) })
}

function kindInWords(kind: string, nameOf: NameOf): string {
  return KINDS_IN_WORDS.has(kind) ? kind : nameOf(kind) || 'default'
}

/** A line of a mail in words. */
export function lineView(line: MailLine, content: MailContent, say: Messages, nameOf: NameOf): LineView {
  const { locale, timeZone, now } = content
  const kind = kindInWords(line.kind, nameOf)
  const expiry = expiryOf(line, content)
  const former = line.told && describeExpiry({ expiresAt: line.told.expiresAt, now, timeZone, locale })
  return {
    name: creditsNamed(line, say, nameOf),
    amount: amountInWords(line.amount, line.unit, locale, say),
    source: say('source', { kind, date: unbroken(formatDay(line.grantedAt, { timeZone, locale })) }),
    until: say(`${mailKindOf(content)}.until`, {
      until: expiry === null ? '' : untilInWords(expiry, say),
      expiry: expiry === null ? 'never' : 'dated',
      former: unbroken(former?.shortDate ?? ''),
    }),
    days: content.category === 'warning' && expiry !== null ? say('days', { days: expiry.daysLeft }) : '',
  }
}

/** Until when exactly, as a part of a sentence. */
function untilInWords({ date, time, ...expiry }: ExpiryWording, say: Messages): string {
  const zone = unbroken(expiry.zone)
  return time === null ? say('untilEndOfDay', { date, zone }) : say('untilTime', { date, time, zone })
}

type SubjectFacts = Readonly<Record<'units' | 'dates' | 'amount' | 'date' | 'expiry' | 'said', string>>

/** With the amount where it fits; cut only where a language is too wordy even without. */
function subjectOf(content: MailContent, facts: SubjectFacts, say: Messages): string {
  const kind = mailKindOf(content)
  const mark = content.isTest === true ? `${say('testMark', {})} ` : ''
  const whole = plainWherePossible(mark + say(`${kind}.subject`, facts))
  if (whole.length <= MAX_SUBJECT_CHARACTERS) return whole
  const short = plainWherePossible(mark + say(`${kind}.shortSubject`, facts))
  return short.length <= MAX_SUBJECT_CHARACTERS ? short : plainText(short, MAX_SUBJECT_CHARACTERS)
}

/** With as much of the account's name as there is room for. */
function preheaderOf(account: string, sayWith: (name: string) => string): string {
  const whole = sayWith(plainText(account, MAX_PREHEADER_NAME_CHARACTERS))
  const excess = whole.length - MAX_PREHEADER_CHARACTERS
  if (excess <= 0) return whole
  const room = Math.min(account.length, MAX_PREHEADER_NAME_CHARACTERS) - excess
  const shorter = sayWith(plainText(account, Math.max(room, MIN_PREHEADER_NAME_CHARACTERS)))
  return shorter.length <= MAX_PREHEADER_CHARACTERS ? shorter : plainText(shorter, MAX_PREHEADER_CHARACTERS)
}

type Total = Readonly<{ unit: string; words: string; lineCount: number }>

/** Totals of a mail's lines, one per unit and never across units, in the order of the lines. */
function totalsOf({ lines, locale }: MailContent, say: Messages): readonly Total[] {
  return [...Map.groupBy(lines, ({ unit }) => unit)].map(([unit, ofUnit]) => {
    const total = sumDecimals(ofUnit.map(({ amount }) => amount))
    return { unit, words: amountInWords(total, unit, locale, say), lineCount: ofUnit.length }
  })
}

/** The amount in a sentence: of several units, the first, which is the most urgent. */
function stakeOf([first]: readonly Total[], say: Messages): string {
  if (first === undefined) return ''
  return say('stake', { form: isCurrency(first.unit) ? 'money' : 'own', amount: first.words })
}

/** True where all lines have the same last usable day. */
function haveOneDay(content: MailContent): boolean {
  const instants = content.lines.flatMap(({ expiresAt }) => expiresAt?.getTime() ?? [])
  const [first, last] = [Math.min(...instants), Math.max(...instants)]
  if (instants.length < content.lines.length) return instants.length === 0
  const dayOf = (ms: number) => describeExpiry({ ...content, expiresAt: new Date(ms) }).date
  return first === last || dayOf(first) === dayOf(last)
}

function expiryOf({ expiresAt }: MailLine, { now, timeZone, locale }: MailContent): ExpiryWording | null {
  if (expiresAt === null) return null
  const expiry = describeExpiry({ expiresAt, now, timeZone, locale })
  return { ...expiry, date: unbroken(expiry.date), shortDate: unbroken(expiry.shortDate) }
}
