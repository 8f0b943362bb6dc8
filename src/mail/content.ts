import type { Category, Decimal } from '../domain/model.ts'

/** Everything that a mail says, in plain values; how it says it is the templates' business. */
export type MailContent = Readonly<{
  category: Category
  now: Date
  /** BCP 47. */
  locale: string
  timeZone: string
  account: Readonly<{ id: string; name: string }>
  recipient: Readonly<{ name: string | null }>
  /** Most urgent first. */
  lines: readonly MailLine[]
  /** Where credits are bought and used; null: the mail says to write to the sender. */
  billingUrl: string | null
  unsubscribeUrl: string
  sender: Readonly<{ name: string; postalAddress: string | null }>
  /** Marks the mail as a test, in subject and body. */
  isTest?: boolean
}>

export type MailLine = Readonly<{
  grantId: string
  name: string | null
  kind: string
  unit: string
  /** What is at stake, or was lost. */
  amount: Decimal
  grantedAt: Date
  expiresAt: Date
}>
