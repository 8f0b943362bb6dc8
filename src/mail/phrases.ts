import { MAIL_KINDS, type MailKind } from './content.ts'

/** Units that mails can count in every language; others are written as the company writes them. */
export const COUNTED_UNITS = [
  'credits',
  'tokens',
  'points',
  'units',
  'minutes',
  'hours',
  'calls',
  'requests',
  'messages',
  'pages',
  'seats',
  'coins',
] as const

export type CountedUnit = (typeof COUNTED_UNITS)[number]

/** Every phrase that a language must have, and what each may be given. */
const PHRASES = {
  /** Stands before the subject of a test. */
  testMark: [],
  testNotice: [],
  /** `known`: `yes` or `no`. */
  greeting: ['known', 'name'],
  /** The name of credits that have none. `kind`: `purchased`, `promotional`, `default`, or the company's own. */
  unnamed: ['kind'],
  /** `kind` is `default` where a grant names none. */
  source: ['kind', 'date'],
  /** An amount in a sentence. `form`: `money`, or `own` for a unit of the company's, which has its name already. */
  stake: ['form', 'amount'],
  total: [],
  /** `units`: `one` or `several`. */
  more: ['count', 'units'],
  /** `days` is 0 for today. */
  days: ['days'],
  /** An expiry at the end of a day, within a phrase that is given `until`. */
  untilEndOfDay: ['date', 'zone'],
  /** An expiry during a day. */
  untilTime: ['date', 'time', 'zone'],
  /** `used` and `lost` are amounts; `days` is how many days the pace was taken of, as in the two after it. */
  'forecast.lost': ['used', 'lost', 'days'],
  /** Nothing at all was used. */
  'forecast.unused': ['lost', 'days'],
  'forecast.usedUp': ['amount', 'days'],
  'forecast.perDay': ['amount'],
  /** `form` as for `stake`; `expiry`: `dated`, `date` being the next one, or `never`. */
  keeps: ['form', 'amount', 'expiry', 'date'],
  /** What to do where there is no cause for alarm. `link`: `yes` where there is a billing page, else `no`. */
  todoCalm: ['link'],
  why: ['account', 'sender'],
  stop: [],
  stopText: [],
  /** Of the calendar file. `amount` as in a sentence. */
  'calendar.summary': ['amount'],
  'calendar.description': ['account', 'sender'],
  'page.ask.title': [],
  'page.ask.text': ['sender'],
  'page.ask.address': [],
  'page.ask.account': [],
  'page.ask.final': [],
  'page.ask.button': [],
  'page.done.title': [],
  /** `scope`: `address` or `account`; `final`: `kept` where the final notice still comes, else `stopped`. */
  'page.done.text': ['scope', 'final'],
  'page.done.undo': [],
  'page.undone.title': [],
  'page.undone.text': [],
  'page.unknown.title': [],
  'page.unknown.text': [],
  'page.failed.title': [],
  'page.failed.text': [],
  'page.busy.title': [],
  'page.busy.text': [],
} as const

/**
 * Phrases that each mail has of its own: `warning.subject`, `expired.subject`. `units` and `dates`: `one` or `several`;
 * `date` is the first; `expiry`: `dated` or, in a correction, `never`; `said`, in a correction: `expiring` or `gone`, as
 * was told before.
 */
const PHRASES_OF_A_KIND = {
  subject: ['units', 'dates', 'amount', 'date', 'expiry', 'said'],
  /** Where the amount would make the subject too long. */
  shortSubject: ['dates', 'date', 'expiry', 'said'],
  preheader: ['days', 'count', 'account', 'dates', 'said'],
  heading: ['units', 'dates', 'amount', 'date', 'days', 'account', 'said'],
  intro: ['count', 'account', 'said'],
  /** `expiry`: `dated` or `never`; `until` is one of `untilEndOfDay` and `untilTime`; `former`, in a correction, the date told before. */
  until: ['until', 'expiry', 'former'],
  /** `link`: `yes` where there is a billing page, else `no`. */
  todo: ['link'],
  action: [],
} as const

type OwnPhrase = keyof typeof PHRASES_OF_A_KIND
type UnitPhrase = `unit.${CountedUnit}`
export type PhraseName = keyof typeof PHRASES | UnitPhrase | `${MailKind}.${OwnPhrase}`

/** What a phrase is given, by name. */
export type Facts<Name extends PhraseName> = Readonly<Record<ArgumentOf<Name>, string | number>>

type ArgumentOf<Name extends PhraseName> = Name extends keyof typeof PHRASES
  ? (typeof PHRASES)[Name][number]
  : Name extends UnitPhrase
    ? (typeof UNIT_ARGUMENTS)[number]
    : Name extends `${MailKind}.${infer Own extends OwnPhrase}`
      ? (typeof PHRASES_OF_A_KIND)[Own][number]
      : never

/** `amount` is the number as it is written, `count` the same to choose the plural by. */
const UNIT_ARGUMENTS = ['count', 'amount'] as const

/** The arguments of each phrase, by its name. */
export const ARGUMENTS_BY_PHRASE: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries<readonly string[]>(PHRASES),
  ...COUNTED_UNITS.map((unit) => [`unit.${unit}`, UNIT_ARGUMENTS] as const),
  ...MAIL_KINDS.flatMap((kind) =>
    Object.entries<readonly string[]>(PHRASES_OF_A_KIND).map(([name, args]) => [`${kind}.${name}`, args] as const),
  ),
])
