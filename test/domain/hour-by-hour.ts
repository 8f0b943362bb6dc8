import type { CreditGrant } from '../../src/domain/model.ts'

const HOUR_MS = 3_600_000

/**
 * The use of credits, said a second time and by other means than the forecast's: hour by hour, in each of which so much
 * is taken from whichever grant comes first then. All times have to lie on full hours from `now`.
 *
 * @param amountOf what is left in a grant, in parts of which `anHour` are used in an hour
 * @returns by grant, the parts of it that were used
 */
export function useHourByHour(
  grants: readonly CreditGrant[],
  {
    now,
    hours,
    anHour,
    amountOf,
  }: { now: Date; hours: number; anHour: bigint; amountOf: (grant: CreditGrant) => bigint },
): ReadonlyMap<string, bigint> {
  const left = new Map(grants.map((grant) => [grant.id, amountOf(grant)]))
  for (let hour = 0; hour < hours; hour++) {
    const time = now.getTime() + hour * HOUR_MS
    for (let wanted = anHour; wanted > 0n; ) {
      const next = firstToUse(grants, (grant) => isUsable(grant, time) && (left.get(grant.id) ?? 0n) > 0n)
      if (next === undefined) break
      const has = left.get(next.id) ?? 0n
      const taken = wanted < has ? wanted : has
      left.set(next.id, has - taken)
      wanted -= taken
    }
  }
  return new Map(grants.map((grant) => [grant.id, amountOf(grant) - (left.get(grant.id) ?? 0n)]))
}

function isUsable({ grantedAt, effectiveAt, expiresAt, voidedAt }: CreditGrant, time: number): boolean {
  const hasBegun = (effectiveAt ?? grantedAt).getTime() <= time
  const hasEnded = expiresAt instanceof Date && expiresAt.getTime() <= time
  return hasBegun && !hasEnded && (voidedAt === null || voidedAt.getTime() > time)
}

/** The grant that no other one goes before. */
function firstToUse(grants: readonly CreditGrant[], can: (grant: CreditGrant) => boolean): CreditGrant | undefined {
  return grants.filter(can).find((grant) => !grants.some((other) => can(other) && goesBefore(other, grant)))
}

function goesBefore(a: CreditGrant, b: CreditGrant): boolean {
  const keys = (grant: CreditGrant) => [
    grant.priority,
    grant.expiresAt instanceof Date ? grant.expiresAt.getTime() : Infinity,
    grant.grantedAt.getTime(),
  ]
  const [ofA, ofB] = [keys(a), keys(b)]
  const index = ofA.findIndex((key, place) => key !== ofB[place])
  return index === -1 ? a.id < b.id : Number(ofA[index]) < Number(ofB[index])
}
