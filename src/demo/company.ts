import type { Decimal } from '../domain/model.ts'
import { instantAt, type LocalDate, localDateOf, MS_PER_DAY, subtractFromDate } from '../domain/zone.ts'

/** The company that the demo is about: what it is called, how its mails are signed, and its rules. */
export const COMPANY = {
  name: 'Halyard Maps',
  mailFrom: 'Halyard Maps Billing <billing@halyard.example>',
  postalAddress: 'Rua do Farol 12, 1200-109 Lisboa, Portugal',
  rules: `# The rules of Halyard Maps; what is not said here is the default.
sendAt: "09:00"
timeZone: Europe/Lisbon
billingUrl: https://console.halyard.example/billing
minimumRemaining: { USD: "0.50", EUR: "0.50", JPY: "50" }
`,
} as const

/** When something of the demo happens: every date is laid relative to the moment of the demo, so that it always shows the same. */
export type When =
  /** At 00:00 of the day that is so many days after today in the account's zone; before today where negative. */
  | Readonly<{ days: number }>
  /** At the first full hour that is at least so many hours ahead. */
  | Readonly<{ hours: number }>

export type DemoContact = Readonly<{
  email: string
  name: string | null
  timeZone?: string
  locale?: string
  wantsBillingEmail?: boolean
}>

export type DemoGrant = Readonly<{
  kind: string
  name: string | null
  unit: string
  amount: Decimal
  remaining: Decimal
  granted: When
  /** null: the ledger states none. */
  expires: When | null
  voided?: When
  /** What the ledger wrote off at the expiry. */
  writtenOff?: Decimal
}>

export type DemoAccount = Readonly<{
  name: string
  timeZone: string
  locale?: string
  closed?: When
  contacts: readonly DemoContact[]
  grants: readonly DemoGrant[]
  /** What it has used of a unit on each day. Of most, it is not known. */
  usage?: readonly (readonly [unit: string, perDay: Decimal])[]
}>

/** Rows of the starter billing schema, by relation and column. */
export type BillingRows = Readonly<
  Record<'accounts' | 'contacts' | 'credit_grants' | 'credit_usage', readonly object[]>
>

/** The company's customers as billing rows, dated for a demo at `now`. */
export function billingRows(accounts: readonly DemoAccount[], now: Date): BillingRows {
  const numbered = accounts.map((account, index) => {
    // Padded, so that they sort as they count.
    const number = String(index + 1).padStart(2, '0')
    return { ...account, number, id: `acc_${number}` }
  })
  return {
    accounts: numbered.map(({ id, name, timeZone, locale, closed }) => ({
      id,
      name,
      time_zone: timeZone,
      locale: locale ?? null,
      closed_at: closed === undefined ? null : instantOf(closed, timeZone, now),
    })),
    contacts: numbered.flatMap(({ id, number, contacts }) =>
      contacts.map(({ email, name, timeZone, locale, wantsBillingEmail }, index) => ({
        id: `con_${number}_${index + 1}`,
        account_id: id,
        email,
        name,
        locale: locale ?? null,
        time_zone: timeZone ?? null,
        receives_billing_email: wantsBillingEmail ?? true,
      })),
    ),
    credit_grants: numbered.flatMap(({ id, number, timeZone, grants }) =>
      grants.map((grant, index) => ({
        id: `cg_${number}_${index + 1}`,
        account_id: id,
        kind: grant.kind,
        name: grant.name,
        unit: grant.unit,
        amount: grant.amount,
        remaining: grant.remaining,
        priority: index,
        granted_at: instantOf(grant.granted, timeZone, now),
        effective_at: null,
        expires_at: grant.expires === null ? null : instantOf(grant.expires, timeZone, now),
        voided_at: grant.voided === undefined ? null : instantOf(grant.voided, timeZone, now),
        expired_amount: grant.writtenOff ?? null,
      })),
    ),
    credit_usage: numbered.flatMap(({ id, usage = [] }) =>
      usage.flatMap(([unit, amount]) =>
        Array.from({ length: USAGE_DAYS }, (_, index) => ({
          account_id: id,
          unit,
          day: new Date(now.getTime() - (index + 1) * MS_PER_DAY).toISOString().slice(0, 'yyyy-mm-dd'.length),
          amount,
        })),
      ),
    ),
  }
}

const MS_PER_HOUR = 3_600_000
/** As many as count for the pace, to the last whole one. */
const USAGE_DAYS = 28

function instantOf(when: When, timeZone: string, now: Date): Date {
  if ('hours' in when) return new Date(Math.ceil(now.getTime() / MS_PER_HOUR + when.hours) * MS_PER_HOUR)
  return instantAt(daysAfter(localDateOf(now, timeZone), when.days), { hour: 0, minute: 0 }, timeZone)
}

function daysAfter(date: LocalDate, days: number): LocalDate {
  return subtractFromDate(date, { days: -days })
}
