import { allPolicies, type Rules } from './rules.ts'
import { addInZone, MS_PER_DAY, subtractInZone } from './zone.ts'

const MS_PER_HOUR = 3_600_000

/**
 * A rung at a time of day falls due up to a day, and what clocks go back in between, more than its length before the
 * expiry: P7D at 00:00 for an expiry at 23:59.
 */
const SEND_AT_SLACK_MS = 48 * MS_PER_HOUR

/**
 * A calendar duration from a date and back again differs by the lengths of months (31 March less P1M is 28 February),
 * and by the distance of the zone from UTC.
 */
const CALENDAR_SLACK_MS = 6 * MS_PER_DAY

/** The expiries that a sweep looks at, both ends included. */
export type Reach = Readonly<{ from: Date; to: Date }>

/** What every decision is made from: the rules in force, the time, and the reach that follows from the two. */
export type Moment = Readonly<{
  rules: Rules
  now: Date
  reach: Reach
  /** When a sweep last looked before `now`; null where none did, or where nothing depends on it. */
  lookedAt: Date | null
}>

/** The moment `now` under `rules`. Made once for many grants: the calendar arithmetic in it is not cheap. */
export function momentAt(rules: Rules, now: Date, lookedAt: Date | null = null): Moment {
  return { rules, now, reach: reachOf(rules, now), lookedAt }
}

/** From the oldest expiry that is still news (rule R6) to the latest that the widest rung can see. */
function reachOf(rules: Rules, now: Date): Reach {
  const rungs = allPolicies(rules).flatMap((policy) => policy.rungs)
  const ends = rungs.map(({ before }) => {
    const countsMonths = before.parts.years + before.parts.months > 0
    const slackMs = SEND_AT_SLACK_MS + (countsMonths ? CALENDAR_SLACK_MS : 0)
    return addInZone(now, before.parts, 'UTC').getTime() + slackMs
  })
  return {
    from: subtractInZone(now, rules.expiredWithin.parts, 'UTC'),
    to: new Date(Math.max(now.getTime(), ...ends)),
  }
}

/** True where a grant that expires at this instant is a candidate. */
export function isWithinReach(expiresAt: Date, { reach }: Moment): boolean {
  return expiresAt >= reach.from && expiresAt <= reach.to
}

/** A search for grants without an expiry of their own: those of some kinds, granted within bounds. */
export type GrantedWindow = Readonly<{
  /** The kinds meant, or those that are not meant. */
  kinds: Readonly<{ only: readonly string[] } | { except: readonly string[] }>
  from: Date
  to: Date
}>

/**
 * Where to look for grants whose expiry follows from a policy's validity: a little wider than the reach, so that an
 * index on the grant date finds them all; `expiryOf` then decides.
 */
export function grantedWindows({ rules, reach }: Moment): readonly GrantedWindow[] {
  const named = Object.keys(rules.policies)
  const policies = [
    ...Object.entries(rules.policies).map(([kind, policy]) => ({ policy, kinds: { only: [kind] } })),
    { policy: rules.defaultPolicy, kinds: { except: named } },
  ]
  return policies.flatMap(({ policy, kinds }) =>
    policy.validity === null
      ? []
      : [
          {
            kinds,
            from: new Date(subtractInZone(reach.from, policy.validity.parts, 'UTC').getTime() - CALENDAR_SLACK_MS),
            to: new Date(subtractInZone(reach.to, policy.validity.parts, 'UTC').getTime() + CALENDAR_SLACK_MS),
          },
        ],
  )
}
