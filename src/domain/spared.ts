import type { AccountFile } from './account-file.ts'
import { usedUpInTime } from './forecast.ts'
import type { Moment } from './reach.ts'
import { policyFor } from './rules.ts'

const NONE: ReadonlySet<string> = new Set()

/**
 * The grants of which no warning but the last is sent (rule R13): those whose policy says `skipIfUsedUp`, and that will
 * be used up in time, as far as is known.
 */
export function sparedGrants(file: AccountFile, moment: Moment): ReadonlySet<string> {
  const asking = file.grants.flatMap((grant) =>
    'fault' in grant || !policyFor(moment.rules, grant.kind).skipIfUsedUp ? [] : [grant.id],
  )
  if (asking.length === 0) return NONE
  const usedUp = usedUpInTime(file, moment)
  return new Set(asking.filter((id) => usedUp.has(id)))
}
