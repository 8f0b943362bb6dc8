import type { CalendarEntry } from '../domain/calendar.ts'
import type { Category, Decimal } from '../domain/model.ts'
import type { Outlook } from '../domain/outlook.ts'
import type { Tone } from '../domain/tone.ts'

/** The mails that there are words for. `last` is a warning after which no further one will come. */
export const MAIL_KINDS = ['warning', 'last', 'expired', 'correction'] as const
export type MailKind = (typeof MAIL_KINDS)[number]

/** Everything that a mail says, in plain values; how it says it is the templates' business. */
export type MailContent = Readonly<{
  category: Category
  tone: Tone
  now: Date
  /** BCP 47. */
  locale: string
  timeZone: string
  account: Readonly<{ id: string; name: string }>
  recipient: Readonly<{ name: string | null }>
  /** Most urgent first. */
  lines: readonly MailLine[]
  outlook: Outlook
  /** What its calendar files say; none where there are none. */
  calendar?: readonly CalendarEntry[]
  /** Where credits are bought and used; null: the mail says to write to the sender. */
  billingUrl: string | null
  unsubscribeUrl: string
  sender: Readonly<{ name: string; postalAddress: string | null; logo?: Logo | null }>
  /** Marks the mail as a test, in subject and body. */
  isTest?: boolean
}>

/** A picture that the mail brings along as a part of its own (RFC 2392): nothing is fetched to show it. */
export type Logo = Readonly<{
  /** The part's Content-ID, without brackets. */
  cid: string
  /** Read out or shown where the picture is not. */
  alt: string
  /** In pixels of CSS, as is the height. */
  width: number
  height: number
}>

export type MailLine = Readonly<{
  grantId: string
  name: string | null
  kind: string
  unit: string
  /** What is at stake, or was lost. */
  amount: Decimal
  grantedAt: Date
  /** Null: never any more, which only a correction can say. */
  expiresAt: Date | null
  /** Of a correction: what was said before. `gone`: that the credits had expired; `expiring`: that they would. */
  told?: Readonly<{ said: 'expiring' | 'gone'; expiresAt: Date }>
}>

/** Which of the mails it is. */
export function mailKindOf({ category, tone }: Pick<MailContent, 'category' | 'tone'>): MailKind {
  return category === 'warning' && tone === 'last' ? 'last' : category
}
