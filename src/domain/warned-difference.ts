import { normaliseAddress } from './address.ts'
import type { SimulatedMail, WarnedPerson, WarnedTotals } from './simulation.ts'

type Warned = Readonly<{ accountId: string; accountName: string; to: string; grants: Set<string> }>

/**
 * Whom some mails warn of grants of which others do not warn them. All mails of an account have to be there; a person is
 * an address within an account.
 */
export function warnedOnlyBy(
  mails: readonly SimulatedMail[],
  others: readonly SimulatedMail[],
): readonly WarnedPerson[] {
  const elsewhere = warnedBy(others)
  return [...warnedBy(mails)].flatMap(([person, { grants, ...whom }]) => {
    const known = elsewhere.get(person)
    const grantIds = [...grants].filter((id) => !known?.grants.has(id))
    return grantIds.length === 0 ? [] : [{ ...whom, grantIds, ofNothing: known === undefined }]
  })
}

function warnedBy(mails: readonly SimulatedMail[]): ReadonlyMap<string, Warned> {
  const people = new Map<string, Warned>()
  for (const { accountId, accountName, to, category, lines } of mails) {
    if (category !== 'warning') continue
    const person = JSON.stringify([accountId, normaliseAddress(to)])
    const known = people.get(person) ?? { accountId, accountName, to, grants: new Set<string>() }
    people.set(person, known)
    for (const { grantId } of lines) known.grants.add(grantId)
  }
  return people
}

/** Adds people to a count; an account's have to come together. */
export function addWarned(totals: WarnedTotals, people: readonly WarnedPerson[]): WarnedTotals {
  return {
    people: totals.people + people.length,
    ofNothing: totals.ofNothing + people.filter(({ ofNothing }) => ofNothing).length,
    accounts: totals.accounts + new Set(people.map(({ accountId }) => accountId)).size,
    grants: totals.grants + new Set(people.flatMap(({ grantIds }) => grantIds)).size,
  }
}

export const NOBODY_WARNED: WarnedTotals = { people: 0, ofNothing: 0, accounts: 0, grants: 0 }
