import { isDeliverableAddress } from '../../domain/address.ts'
import { readLocale } from '../../domain/locale.ts'
import { isTimeZone } from '../../domain/zone.ts'
import { maskText } from '../../mask.ts'
import { MAX_DIGITS } from '../../store/billing-rows.ts'

/** What is wrong with a value, and what to write instead; without the name of its column. */
export class Wrong {
  readonly words: string

  constructor(words: string) {
    this.words = words
  }
}

/** Reads what stands in a column: as Postgres is to have it, or what is wrong. Never called for an empty value. */
export type ReadValue = (text: string) => string | Wrong

const MAX_SHOWN_CHARACTERS = 40

/** A value of the file as a fault repeats it: cut short, and without mail addresses, which may stand in any column. */
export function shown(text: string): string {
  const masked = maskText(text)
  return JSON.stringify(masked.length > MAX_SHOWN_CHARACTERS ? `${masked.slice(0, MAX_SHOWN_CHARACTERS)}…` : masked)
}

/** An entry of a btree index holds 2704 bytes (PostgreSQL, "B-Tree Indexes"): an account and a unit fit into one. */
const MAX_ID_CHARACTERS = 500
const MAX_WORD_CHARACTERS = 100
const MAX_NAME_CHARACTERS = 1000

/** An identity, compared as it stands: a blank around it would make another one of it. */
export function readId(text: string): string | Wrong {
  if (text !== text.trim()) return new Wrong(`${shown(text)} has a blank at its beginning or end; write it without`)
  return readText(text, MAX_ID_CHARACTERS)
}

/** A kind or a unit. */
export function readWord(text: string): string | Wrong {
  return readText(text.trim(), MAX_WORD_CHARACTERS)
}

/** A name, with whatever blanks it has. */
export function readName(text: string): string | Wrong {
  return readText(text, MAX_NAME_CHARACTERS)
}

function readText(text: string, maxCharacters: number): string | Wrong {
  if (text.length > maxCharacters) return new Wrong(`has ${text.length} characters; ${maxCharacters} are allowed`)
  // A JSON escape can make what no UTF-8 file can hold, nor a text of Postgres.
  if (text.includes('\0') || !text.isWellFormed()) {
    return new Wrong('has a character that Postgres cannot store (\\u0000, or half of a pair); leave it out')
  }
  return text
}

/** An address that mail can be sent to. It is not repeated: what a terminal showed is often kept. */
export function readAddress(text: string): string | Wrong {
  const address = text.trim()
  return isDeliverableAddress(address) ? address : new Wrong('is no mail address; write one such as ana@example.com')
}

export function readZone(text: string): string | Wrong {
  const zone = text.trim()
  return isTimeZone(zone)
    ? zone
    : new Wrong(`${shown(text)} is no IANA time zone; write a name such as Europe/Berlin or UTC`)
}

export function readLocaleTag(text: string): string | Wrong {
  const locale = text.trim()
  return readLocale(locale) !== null
    ? locale
    : new Wrong(`${shown(text)} is no locale; write a BCP 47 tag such as en or pt-BR`)
}

const BOOLEANS: Readonly<Record<string, string>> = {
  ...{ true: 'true', t: 'true', yes: 'true', '1': 'true' },
  ...{ false: 'false', f: 'false', no: 'false', '0': 'false' },
}

export function readBoolean(text: string): string | Wrong {
  const word = text.trim().toLowerCase()
  const value = Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined
  return value ?? new Wrong(`${shown(text)} is neither true nor false; write one of them`)
}

const DECIMAL = /^\d+(?:\.\d+)?$/

/** An exact decimal number that is not negative, in plain notation; its digits are kept as they are: 18.00. */
export function readAmount(text: string): string | Wrong {
  const number = text.trim()
  if (!DECIMAL.test(number)) return new Wrong(`${shown(text)} ${faultOfAmount(number)}`)
  if (number.length > MAX_DIGITS) return new Wrong(`has more than ${MAX_DIGITS} digits`)
  return number
}

function faultOfAmount(number: string): string {
  if (/^-\d/.test(number)) return 'is negative; write what there is, from 0 on'
  if (/^[\d.]*,\d{1,2}$/.test(number)) return 'has a comma; write the decimals after a point: 1.50'
  if (/^\d[\d,.]*$/.test(number) && number.includes(',')) return 'has a comma; write the digits alone: 1234.50'
  if (/^[+-]?[\d.]+e[+-]?\d+$/i.test(number)) return 'has an exponent; write all its digits: 1000'
  return 'is no number; write digits, with a point before decimals: 18.00'
}

const MAX_INT4 = 2_147_483_647

export function readInteger(text: string): string | Wrong {
  const number = text.trim()
  if (/^-?\d{1,10}$/.test(number) && Math.abs(Number(number)) <= MAX_INT4) return number
  return new Wrong(`${shown(text)} is no whole number between -${MAX_INT4} and ${MAX_INT4}; write one such as 0`)
}
