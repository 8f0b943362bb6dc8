import { CATEGORIES, type Category } from '../domain/model.ts'

/** Every phrase that a language must have, and what each may be given. */
const PHRASES = {
  /** Stands before the subject of a test. */
  testMark: [],
  testNotice: [],
  /** `known`: `yes` or `no`. */
  greeting: ['known', 'name'],
  /** The name of credits that have none. */
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
  why: ['account', 'sender'],
  stop: [],
  stopText: [],
} as const

/** Phrases that each sort of mail has of its own: `warning.subject`, `expired.subject`. */
const PHRASES_OF_A_CATEGORY = {
  /** `units` and `dates`: `one` or `several`; `date` is the first. */
  subject: ['units', 'dates', 'amount', 'date'],
  /** Where the amount would make the subject too long. */
  shortSubject: ['dates', 'date'],
  preheader: ['days', 'count', 'account'],
  heading: ['units', 'dates', 'amount', 'date', 'days', 'account'],
  intro: ['count', 'account'],
  until: ['until'],
  /** `link`: `yes` where there is a billing page, else `no`. */
  todo: ['link'],
  action: [],
} as const

type OwnPhrase = keyof typeof PHRASES_OF_A_CATEGORY
export type PhraseName = keyof typeof PHRASES | `${Category}.${OwnPhrase}`

/** What a phrase is given, by name. */
export type Facts<Name extends PhraseName> = Readonly<Record<ArgumentOf<Name>, string | number>>

type ArgumentOf<Name extends PhraseName> = Name extends keyof typeof PHRASES
  ? (typeof PHRASES)[Name][number]
  : Name extends `${Category}.${infer Own extends OwnPhrase}`
    ? (typeof PHRASES_OF_A_CATEGORY)[Own][number]
    : never

/** The arguments of each phrase, by its name. */
export const ARGUMENTS_BY_PHRASE: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries<readonly string[]>(PHRASES),
  ...CATEGORIES.flatMap((category) =>
    Object.entries<readonly string[]>(PHRASES_OF_A_CATEGORY).map(
      ([name, args]) => [`${category}.${name}`, args] as const,
    ),
  ),
])
