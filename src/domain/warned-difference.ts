import { normaliseAddress } from './address.ts'
import { isBelowMinimum } from './grant.ts'
import { onFirstUse } from './memo.ts'
import { CORRECTION_STAGE, EXPIRED_STAGE } from './model.ts'
import { policyFor, type Rules } from './rules.ts'
import type { SimulatedMail, WarnedPerson, WarnedTotals } from './simulation.ts'
import { isAboutSame, type LedgerNotice } from './told.ts'

type Line = SimulatedMail['lines'][number]

type Warned = Readonly<{
  accountId: string
  accountName: string
  to: string
  address: string
  contactIds: Set<string>
  /** Of each grant, as it is spoken of first. */
  grants: Map<string, Line>
}>

/** Whom some mails warn of grants of which the others do not. */
export type WarnedOnly = Readonly<{
  people: readonly WarnedPerson[]
  /** How many more there are whom the other rules warn of all these grants too, but before the period, or perhaps after it. */
  outsidePeriod: number
}>

/**
 * Whom some mails of a period warn of grants of which others do not warn them. All mails of an account have to be there; a
 * person is an address within an account. A period has ends: of a grant of which somebody was warned before it begins, or
 * that expires after it and may still be warned of, nothing is lost.
 */
export function warnedOnlyBy(input: {
  mails: readonly SimulatedMail[]
  others: readonly SimulatedMail[]
  /** The rules that the others follow. */
  otherRules: Rules
  /** What the ledger says that these people were told. */
  told: readonly LedgerNotice[]
  /** The end of the period. */
  to: Date
}): WarnedOnly {
  const { mails, others, otherRules, to } = input
  const elsewhere = warnedBy(others)
  const toldOf = onFirstUse(() => Map.groupBy(input.told.filter(isSentWarning), ({ grantId }) => grantId))
  const isWarnedBefore = (person: Warned, { grantId, expiresAt }: Line) =>
    toldOf()
      .get(grantId)
      ?.some((notice) =>
        isAboutSame(notice, { grantId, expiresAt, person: { ...person, contactIds: [...person.contactIds] } }),
      ) ?? false
  const mayBeWarnedAfter = ({ expiresAt, kind, amount, unit }: Line) =>
    expiresAt >= to && policyFor(otherRules, kind).rungs.length > 0 && !isBelowMinimum(amount, unit, otherRules)

  const people: WarnedPerson[] = []
  let outsidePeriod = 0
  for (const [key, person] of warnedBy(mails)) {
    const known = elsewhere.get(key)
    const missing = [...person.grants.values()].filter(({ grantId }) => !known?.grants.has(grantId))
    if (missing.length === 0) continue
    const lost = missing.filter((line) => !isWarnedBefore(person, line) && !mayBeWarnedAfter(line))
    if (lost.length === 0) {
      outsidePeriod += 1
      continue
    }
    const { accountId, accountName, to: address } = person
    const grantIds = lost.map(({ grantId }) => grantId)
    people.push({ accountId, accountName, to: address, grantIds, ofNothing: known === undefined })
  }
  return { people, outsidePeriod }
}

function isSentWarning({ stage, state }: LedgerNotice): boolean {
  return state === 'sent' && stage !== EXPIRED_STAGE && stage !== CORRECTION_STAGE
}

function warnedBy(mails: readonly SimulatedMail[]): ReadonlyMap<string, Warned> {
  const people = new Map<string, Warned>()
  for (const { accountId, accountName, contactId, to, category, lines } of mails) {
    if (category !== 'warning') continue
    const address = normaliseAddress(to)
    const key = JSON.stringify([accountId, address])
    const known = people.get(key) ?? {
      ...{ accountId, accountName, to, address },
      contactIds: new Set<string>(),
      grants: new Map<string, Line>(),
    }
    people.set(key, known)
    known.contactIds.add(contactId)
    for (const line of lines) if (!known.grants.has(line.grantId)) known.grants.set(line.grantId, line)
  }
  return people
}

/** Adds people to a count; an account's have to come together. */
export function addWarned(totals: WarnedTotals, { people, outsidePeriod }: WarnedOnly): WarnedTotals {
  return {
    people: totals.people + people.length,
    ofNothing: totals.ofNothing + people.filter(({ ofNothing }) => ofNothing).length,
    accounts: totals.accounts + new Set(people.map(({ accountId }) => accountId)).size,
    grants: totals.grants + new Set(people.flatMap(({ grantIds }) => grantIds)).size,
    outsidePeriod: totals.outsidePeriod + outsidePeriod,
  }
}

export const NOBODY_WARNED: WarnedTotals = { people: 0, ofNothing: 0, accounts: 0, grants: 0, outsidePeriod: 0 }
