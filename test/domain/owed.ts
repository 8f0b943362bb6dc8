import type { AccountFile } from '../../src/domain/account-file.ts'
import type { Category, Contact, CreditGrant } from '../../src/domain/model.ts'
import { policy } from './builders.ts'
import { wallClockMs } from './wall-clock.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Expiries of these worlds are on the hour: less than a minute never lies between two. */
const MINUTE_MS = 60_000
const CORRECTION = 'correction'
const NEVER = new Date('9999-12-31T00:00:00Z')

/**
 * The rules R1 to R6 and R12, and R7's "once an address", said a second time and by other means than the planner's: by what the
 * reader's clock shows, and by what each person has heard. Whatever the two say differently, one of them has wrong.
 */
export type Settings = Readonly<{
  /** Stages by kind of grant. */
  ladders: Ladders
  /** Hours after local midnight, or at any time. */
  sendAtHour: number | 'anytime'
}>

export type Ladders = Readonly<Record<string, readonly string[]>>

/** A notice to somebody. */
export type Notice = Readonly<{ contactId: string; address: string; grantId: string; expiresAt: Date; stage: string }>

type Length = Readonly<{ months?: number; days?: number; hours?: number }>

/** Each stage that a ladder of these worlds may have; some are of one length under two names. */
const LENGTHS: Readonly<Record<string, Length>> = {
  P1M: { months: 1 },
  P30D: { days: 30 },
  P14D: { days: 14 },
  P10D: { days: 10 },
  P7D: { days: 7 },
  P1W: { days: 7 },
  P3D: { days: 3 },
  PT36H: { hours: 36 },
  P1D: { days: 1 },
  PT24H: { hours: 24 },
  PT3H: { hours: 3 },
  PT1H: { hours: 1 },
  expired: {},
}

/** Gifts that are gone are not talked about. */
const SILENT_AT_THE_END = 'gift'

/** The same ladders as the planner reads them. */
export function policiesOf(ladders: Ladders) {
  const entries = Object.entries(ladders)
  return Object.fromEntries(
    entries.map(([kind, stages]) => [kind, policy(stages, { notifyExpired: kind !== SILENT_AT_THE_END })]),
  )
}

/** Every notice that a run at `now` owes, given all that was told before it. */
export function owedAt(now: Date, file: AccountFile, heard: readonly Notice[], settings: Settings): readonly Notice[] {
  const grants = file.grants as readonly CreditGrant[]
  if (file.account === null || (file.account.closedAt !== null && file.account.closedAt <= now)) return []
  const writtenAbout = (category: 'warning' | 'expired') =>
    writtenTo(file.contacts, category).map((contact) => ({ contact, category }))
  const ofStages = [...writtenAbout('warning'), ...writtenAbout('expired')].flatMap(({ contact, category }) => {
    const zone = contact.timeZone ?? file.account?.timeZone ?? 'UTC'
    return grants.flatMap((grant) => {
      const stage = stageNow(grant, now, { ...settings, zone })
      if (stage === null || (stage === 'expired') !== (category === 'expired')) return []
      const notice = {
        contactId: contact.id,
        address: addressOf(contact),
        stage,
        grantId: grant.id,
        expiresAt: grant.expiresAt as Date,
      }
      const known = heard.filter((earlier) => isToTheSame(earlier, notice, file.contacts))
      const isClosed = ({ stage: told }: Notice) => told !== CORRECTION && lengthOf(told) <= lengthOf(stage)
      return known.some(isClosed) ? [] : [notice]
    })
  })
  return [...ofStages, ...correctionsOwedAt(now, file, { heard, ofStages, ...settings })]
}

/** To whoever believes in an earlier end of credits that they still have, or have again: that it is later, or never. */
function correctionsOwedAt(
  now: Date,
  { account, contacts, grants }: AccountFile,
  { heard, ofStages, sendAtHour }: Settings & Readonly<{ heard: readonly Notice[]; ofStages: readonly Notice[] }>,
): readonly Notice[] {
  return writtenTo(contacts, 'correction').flatMap((contact) => {
    const [address, zone] = [addressOf(contact), contact.timeZone ?? account?.timeZone ?? 'UTC']
    const reading = wallClockMs(now, zone)
    const isTimeOfDay =
      sendAtHour === 'anytime' || reading >= Math.floor(reading / DAY_MS) * DAY_MS + sendAtHour * HOUR_MS
    const twins = contacts.filter((each) => addressOf(each) === address).map(({ id }) => id)
    return (grants as readonly CreditGrant[]).flatMap((grant) => {
      const end = grant.expiresAt instanceof Date ? grant.expiresAt : NEVER
      const isHeld =
        (grant.effectiveAt ?? grant.grantedAt) <= now && now < end && !(grant.voidedAt && grant.voidedAt <= now)
      const ofGrant = heard.filter(
        (notice) => notice.grantId === grant.id && (notice.address === address || twins.includes(notice.contactId)),
      )
      const belief = ofGrant.at(-1)?.expiresAt
      if (!isHeld || !isTimeOfDay || belief === undefined || !isWorthAMail(grant.remaining, grant.unit)) return []
      if (+end - +belief < MINUTE_MS || +now - +belief > 7 * DAY_MS) return []
      if (ofGrant.some(({ stage, expiresAt }) => stage === CORRECTION && +expiresAt === +end)) return []
      if (ofStages.some(({ grantId, contactId }) => grantId === grant.id && contactId === contact.id)) return []
      return [{ contactId: contact.id, address, grantId: grant.id, expiresAt: end, stage: CORRECTION }]
    })
  })
}

/** Those who can and want to be written to, each address once, and none of what somebody at the address signed off. */
function writtenTo(contacts: readonly Contact[], category: Category): readonly Contact[] {
  const kept = category === 'expired' ? ['all'] : ['all', 'warnings']
  const willing = contacts.filter((each) => {
    const canReceive = each.receivesBillingEmail && each.email.includes('@') && !kept.includes(each.suppressed ?? '')
    return (
      canReceive &&
      !contacts.some((other) => kept.includes(other.optedOut ?? '') && addressOf(other) === addressOf(each))
    )
  })
  return willing.filter((each) => !willing.some((other) => other.id < each.id && addressOf(other) === addressOf(each)))
}

export function addressOf({ email }: Pick<Contact, 'email'>): string {
  return email.toLowerCase()
}

function isToTheSame(earlier: Notice, notice: Notice, contacts: readonly Contact[]): boolean {
  const sameExpiry = earlier.grantId === notice.grantId && +earlier.expiresAt === +notice.expiresAt
  const twins = contacts.filter((each) => addressOf(each) === notice.address).map(({ id }) => id)
  return sameExpiry && (earlier.address === notice.address || twins.includes(earlier.contactId))
}

type Reader = Settings & Readonly<{ zone: string }>

/** The one stage that a grant has come to: the tightest that fell into its life, or `expired`; null where there is none. */
function stageNow(grant: CreditGrant, now: Date, reader: Reader): string | null {
  const { expiresAt, voidedAt } = grant
  const startsAt = grant.effectiveAt ?? grant.grantedAt
  if (!(expiresAt instanceof Date) || expiresAt <= startsAt || now < startsAt) return null
  if (voidedAt !== null && voidedAt <= now) return null
  if (expiresAt > now) {
    if (!isWorthAMail(grant.remaining, grant.unit)) return null
    const stages = (reader.ladders[grant.kind] ?? []).filter((stage) => {
      const due = dueOf(stage, expiresAt, reader)
      return due.on(startsAt) <= due.at && due.at < due.on(expiresAt) && due.at <= due.on(now)
    })
    return stages.toSorted((a, b) => lengthOf(a) - lengthOf(b))[0] ?? null
  }
  const isNews = +now - +expiresAt <= 7 * DAY_MS
  if (!isNews || grant.kind === SILENT_AT_THE_END) return null
  if (!isWorthAMail(grant.expiredAmount ?? grant.remaining, grant.unit)) return null
  const due = dueOf('expired', expiresAt, reader)
  return due.at <= due.on(now) ? 'expired' : null
}

function isWorthAMail(amount: string, unit: string): boolean {
  return unit === 'USD' ? Number(amount) >= 0.5 : Number(amount) > 0
}

/** When a stage is due: at this point of time, or at this reading of the reader's clock. */
function dueOf(stage: string, expiresAt: Date, { sendAtHour, zone }: Reader) {
  const { months = 0, days = 0, hours = 0 } = LENGTHS[stage] as Length
  const byTheClock = (instant: Date) => wallClockMs(instant, zone)
  const byTheTime = (instant: Date) => instant.getTime()
  const atExpiry = byTheClock(expiresAt)
  if (sendAtHour === 'anytime' || hours > 0) {
    if (months > 0) return { on: byTheClock, at: monthsBefore(atExpiry, months) }
    return { on: byTheTime, at: expiresAt.getTime() - days * DAY_MS - hours * HOUR_MS }
  }
  const midnight = Math.floor(monthsBefore(atExpiry, months) / DAY_MS) * DAY_MS - days * DAY_MS
  const at = midnight + sendAtHour * HOUR_MS
  return { on: byTheClock, at: stage === 'expired' && at < atExpiry ? at + DAY_MS : at }
}

function monthsBefore(readingMs: number, months: number): number {
  const earlier = new Date(readingMs)
  const day = earlier.getUTCDate()
  earlier.setUTCMonth(earlier.getUTCMonth() - months)
  // Of a day that the month does not have, JavaScript makes one of the next month.
  if (earlier.getUTCDate() !== day) earlier.setUTCDate(0)
  return earlier.getTime()
}

function lengthOf(stage: string): number {
  const { months = 0, days = 0, hours = 0 } = LENGTHS[stage] as Length
  return (months * 30.44 + days) * DAY_MS + hours * HOUR_MS
}
