import { type IsoDuration, nominalLengthMs, parseIsoDuration } from './duration.ts'
import { allPolicies, type Rules } from './rules.ts'
import { subtractInZone } from './zone.ts'

/** The word that stands where the ledger had a mail's address, and was told to forget it. It can be no address. */
export const FORGOTTEN = 'forgotten'

/**
 * Beyond what the rules look back on: the guard compares with the sweeps of 20 days, support and bounces come days after
 * a mail, and months differ in length.
 */
const MARGIN = parseIsoDuration('P30D')

/**
 * Why the ledger may not be emptied of what is older than `retention`; null where it may.
 *
 * From the widest rung to the end of `expiredWithin`, what was said of an expiry decides about what is said next; and what
 * `keepMails` promises to keep must not go with the mail it belongs to.
 */
export function retentionFault(
  rules: Pick<Rules, 'retention' | 'policies' | 'defaultPolicy' | 'expiredWithin' | 'keepMails'>,
): string | null {
  const { retention, expiredWithin, keepMails } = rules
  if (retention === null) return null
  const rungs = allPolicies(rules as Rules).flatMap(({ rungs }) => rungs.map(({ before }) => before))
  const widest = rungs.toSorted((a, b) => nominalLengthMs(b) - nominalLengthMs(a))[0] ?? null
  const parts = [widest, expiredWithin, MARGIN].filter((part): part is IsoDuration => part !== null)
  const leastMs = parts.reduce((sum, part) => sum + nominalLengthMs(part), 0)
  if (nominalLengthMs(retention) < leastMs) {
    const sum = [widest && `${widest.text} of the widest rung`, `${expiredWithin.text} of expiredWithin`, MARGIN.text]
    return `"${retention.text}" is too short: people would be told twice; it must be at least ${sum.filter((part) => part !== null).join(' + ')}`
  }
  if (keepMails !== null && nominalLengthMs(retention) < nominalLengthMs(keepMails)) {
    return `"${retention.text}" is shorter than keepMails (${keepMails.text}); make it longer, or keepMails shorter`
  }
  return null
}

/** What is older than this may go; null where everything is kept for good. */
export function removedBefore({ retention }: Pick<Rules, 'retention'>, now: Date): Date | null {
  return retention === null ? null : subtractInZone(now, retention.parts, 'UTC')
}
