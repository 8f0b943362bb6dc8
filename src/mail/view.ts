import { sumDecimals } from '../domain/amount.ts'
import { describeExpiry } from '../domain/wording.ts'
import { amountInWords, formOf } from './amounts.ts'
import { type Logo, type MailContent, mailKindOf } from './content.ts'
import { directionOf, isolated } from './direction.ts'
import { preheaderOf, subjectOf } from './inbox-words.ts'
import { accountNameOf, expiryOf, type LineView, lineView, namesIn } from './line-view.ts'
import type { Messages } from './messages.ts'
import { outlookInWords } from './outlook-words.ts'
import { plainText } from './plain-text.ts'
import { colonOf } from './typography.ts'

/** More would not be read; the rest is counted and is in the totals. */
const MAX_LINES = 50
/** As much as the setting takes. */
const MAX_POSTAL_CHARACTERS = 300

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
  return say('stake', { form: formOf(first.unit), amount: first.words })
}

/** True where all lines have the same last usable day. */
function haveOneDay(content: MailContent): boolean {
  const instants = content.lines.flatMap(({ expiresAt }) => expiresAt?.getTime() ?? [])
  const [first, last] = [Math.min(...instants), Math.max(...instants)]
  if (instants.length < content.lines.length) return instants.length === 0
  const dayOf = (ms: number) => describeExpiry({ ...content, expiresAt: new Date(ms) }).date
  return first === last || dayOf(first) === dayOf(last)
}
