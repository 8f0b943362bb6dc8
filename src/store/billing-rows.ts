import { inPlainNotation, isDecimal } from '../domain/amount.ts'
import type { Account, Contact, CreditGrant, UnreadableGrant } from '../domain/model.ts'

/** A wider column of a view must not be able to stop the reading of all the others. */
const MAX_INT4 = 2_147_483_647

/** The columns of a grant as text and milliseconds, so that no value is rounded and none can fail to be read. */
export const GRANT_COLUMNS = `
  coalesce(g.id, '') AS id, coalesce(g.account_id, '') AS "accountId", g.kind, g.name, g.unit,
  g.amount::text AS amount, g.remaining::text AS remaining, g.expired_amount::text AS "expiredAmount",
  greatest(least(g.priority::numeric, ${MAX_INT4}), -${MAX_INT4})::int AS priority,
  ${milliseconds('g.granted_at')} AS "grantedAt", ${milliseconds('g.effective_at')} AS "effectiveAt",
  ${milliseconds('g.expires_at')} AS "expiresAt", ${milliseconds('g.voided_at')} AS "voidedAt"`

export const ACCOUNT_COLUMNS = `
  a.id AS "foundAccountId", a.name AS "accountName", a.time_zone AS "accountTimeZone", a.locale AS "accountLocale",
  ${milliseconds('a.closed_at')} AS "accountClosedAt"`

/** Milliseconds since 1970 as float8, which also holds `infinity`; a JavaScript Date holds neither that nor microseconds. */
function milliseconds(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`
}

export type GrantRow = Readonly<{
  id: string
  accountId: string
  kind: string | null
  name: string | null
  unit: string | null
  amount: string | null
  remaining: string | null
  expiredAmount: string | null
  priority: number | null
  grantedAt: number | null
  effectiveAt: number | null
  expiresAt: number | null
  voidedAt: number | null
}>

export type AccountRow = Readonly<{
  foundAccountId: string | null
  accountName: string | null
  accountTimeZone: string | null
  accountLocale: string | null
  accountClosedAt: number | null
}>

export type ContactRow = Readonly<{
  id: string
  accountId: string
  email: string | null
  name: string | null
  locale: string | null
  timeZone: string | null
  receivesBillingEmail: boolean | null
}>

/** A row as a grant; or, where a value cannot be understood, as a grant that says which and stops nobody's mail. */
export function toGrant(row: GrantRow): CreditGrant | UnreadableGrant {
  const fault = faultOf(row)
  if (fault !== null) return { id: row.id, accountId: row.accountId, fault }
  return {
    id: row.id,
    accountId: row.accountId,
    kind: row.kind?.trim() || 'default',
    name: row.name,
    unit: row.unit ?? '',
    amount: row.amount ?? '0',
    remaining: row.remaining ?? '0',
    priority: row.priority ?? 0,
    grantedAt: new Date(Math.floor(row.grantedAt ?? 0)),
    effectiveAt: toInstant(row.effectiveAt),
    // An instant that no Date can hold, infinity among them, is stated and will not come.
    expiresAt: row.expiresAt !== null && row.expiresAt > LATEST_DATE_MS ? 'never' : toInstant(row.expiresAt),
    voidedAt: toInstant(row.voidedAt),
    expiredAmount: row.expiredAmount,
  }
}

/** Beyond this, a Date is invalid (ECMA-262, 21.4.1.1): 100,000,000 days either side of 1970. */
const LATEST_DATE_MS = 8.64e15

/** No amount of anything; more could not be shown exactly (ECMA-402, 16.1.2). */
export const MAX_DIGITS = 100

function faultOf(row: GrantRow): string | null {
  if (row.id === '') return 'id is empty'
  if (row.grantedAt === null) return 'granted_at is null'
  if (!row.unit) return 'unit is empty'
  const amounts = { amount: row.amount, remaining: row.remaining, expired_amount: row.expiredAmount ?? '0' }
  for (const [column, amount] of Object.entries(amounts)) {
    if (amount === null || !isDecimal(amount)) return `${column} is ${amount}`
    if (inPlainNotation(amount).length > MAX_DIGITS) return `${column} has more than ${MAX_DIGITS} digits`
  }
  if (Math.abs(row.grantedAt) > LATEST_DATE_MS) return 'granted_at is infinite'
  if (Math.abs(row.effectiveAt ?? 0) > LATEST_DATE_MS) return 'effective_at is infinite'
  if (row.expiresAt !== null && row.expiresAt < -LATEST_DATE_MS) return 'expires_at is -infinity'
  return null
}

/** Whole milliseconds, cut off and not rounded: an expiry must never seem later than it is. */
function toInstant(ms: number | null): Date | null {
  if (ms === null || ms > LATEST_DATE_MS) return null
  return new Date(Math.floor(Math.max(ms, -LATEST_DATE_MS)))
}

export function toAccount(row: AccountRow): Account | null {
  if (row.foundAccountId === null) return null
  return {
    id: row.foundAccountId,
    name: row.accountName ?? row.foundAccountId,
    timeZone: row.accountTimeZone,
    locale: row.accountLocale,
    closedAt: toInstant(row.accountClosedAt),
  }
}

export function toContact(row: ContactRow, kept: Pick<Contact, 'optedOut' | 'suppressed'>): Contact {
  return {
    id: row.id,
    accountId: row.accountId,
    email: row.email ?? '',
    name: row.name,
    locale: row.locale,
    timeZone: row.timeZone,
    receivesBillingEmail: row.receivesBillingEmail ?? false,
    ...kept,
  }
}
