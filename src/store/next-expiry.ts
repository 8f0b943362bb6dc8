import { accountZone, expiryOf } from '../domain/grant.ts'
import type { Rules } from '../domain/rules.ts'
import { readGrants } from './candidates.ts'
import type { Transaction } from './database.ts'

/** So many grants are looked at that may expire next by a policy's validity; their accounts' zones move them by hours. */
const MAX_GRANTS = 1000

/**
 * When the next grant with something left expires, after an instant, as billing states it or by the validity of a policy;
 * null where none does.
 */
export async function nextExpiry(tx: Transaction, after: Date, rules: Rules): Promise<Date | null> {
  const [stated] = await tx.$queryRaw<{ expires_at: Date }[]>`
    SELECT expires_at FROM billing.credit_grants
     WHERE expires_at > ${after} AND expires_at < 'infinity' AND remaining > 0 AND voided_at IS NULL
     ORDER BY expires_at LIMIT 1`
  const expiries = [...(stated === undefined ? [] : [stated.expires_at]), ...(await derivedExpiries(tx, after, rules))]
  return expiries.length === 0 ? null : new Date(Math.min(...expiries.map((expiry) => expiry.getTime())))
}

/** Of the grants that state no expiry, those that come next; a kind without a policy of its own has the default one. */
async function derivedExpiries(tx: Transaction, after: Date, rules: Rules): Promise<readonly Date[]> {
  const named = Object.keys(rules.policies)
  const groups = [
    ...Object.entries(rules.policies).map(([kind, policy]) => ({ policy, only: [kind], except: [] })),
    { policy: rules.defaultPolicy, only: null, except: named },
  ]
  const found: Date[] = []
  for (const { policy, only, except } of groups) {
    if (policy.validity === null) continue
    const rows = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM billing.credit_grants
       WHERE expires_at IS NULL AND remaining > 0 AND voided_at IS NULL
         AND (${only}::text[] IS NULL OR kind = ANY(${only}::text[])) AND coalesce(kind, '') <> ALL(${except}::text[])
         AND (granted_at AT TIME ZONE 'UTC' + ${policy.validity.text}::interval) AT TIME ZONE 'UTC' > ${after}
       ORDER BY granted_at LIMIT ${MAX_GRANTS}`
    const candidates = await readGrants(
      tx,
      rows.map(({ id }) => id),
    )
    for (const { account, grants } of candidates) {
      for (const grant of grants) {
        const expiry = 'fault' in grant ? null : expiryOf(grant, rules, accountZone(account, rules))
        if (expiry !== null && expiry > after) found.push(expiry)
      }
    }
  }
  return found
}
