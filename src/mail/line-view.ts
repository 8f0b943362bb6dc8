import { describeExpiry, type ExpiryWording, formatDay } from '../domain/wording.ts'
import { amountInWords } from './amounts.ts'
import { type MailContent, type MailLine, mailKindOf } from './content.ts'
import { type Direction, isolated } from './direction.ts'
import type { Messages } from './messages.ts'
import { plainText } from './plain-text.ts'
import { unbroken } from './typography.ts'

const MAX_NAME_CHARACTERS = 80

/** What phrases have words for, by this very name; others are named as the company does. */
const KINDS_IN_WORDS = new Set(['purchased', 'promotional', 'default'])

/** What a mail says of one grant. `days` is empty where there is nothing to count down to. */
export type LineView = Readonly<{ name: string; amount: string; source: string; until: string; days: string }>

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
  const { locale, timeZone } = content
  const kind = kindInWords(line.kind, nameOf)
  const expiry = expiryOf(line, content)
  return {
    name: creditsNamed(line, say, nameOf),
    amount: amountInWords(line.amount, line.unit, locale, say),
    source: say('source', { kind, date: unbroken(formatDay(line.grantedAt, { timeZone, locale })) }),
    until: say(`${mailKindOf(content)}.until`, {
      until: expiry === null ? '' : untilInWords(expiry, say),
      expiry: expiry === null ? 'never' : 'dated',
      former: formerInWords(line, content),
    }),
    days: content.category === 'warning' && expiry !== null ? say('days', { days: expiry.daysLeft }) : '',
  }
}

/** The date that was told before; with its time where the day is the same, which would otherwise be given twice. */
function formerInWords({ told, ...line }: MailLine, content: MailContent): string {
  const former = told === undefined ? null : expiryOf({ ...line, expiresAt: told.expiresAt }, content)
  if (former === null) return ''
  const isSameDay = former.time !== null && former.date === expiryOf(line, content)?.date
  return isSameDay ? unbroken(`${former.shortDate} ${former.time}`) : former.shortDate
}

/** Until when exactly, as a part of a sentence. */
function untilInWords({ date, time, ...expiry }: ExpiryWording, say: Messages): string {
  const zone = unbroken(expiry.zone)
  return time === null ? say('untilEndOfDay', { date, zone }) : say('untilTime', { date, time, zone })
}

/** When the credits of a line expire, in words; null: never. */
export function expiryOf({ expiresAt }: MailLine, { now, timeZone, locale }: MailContent): ExpiryWording | null {
  if (expiresAt === null) return null
  const expiry = describeExpiry({ expiresAt, now, timeZone, locale })
  return { ...expiry, date: unbroken(expiry.date), shortDate: unbroken(expiry.shortDate) }
}
