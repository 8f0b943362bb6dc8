import { clockLengthMs, isCalendarDuration, nominalLengthMs } from './duration.ts'
import type { Stage } from './model.ts'
import type { Policy, Rung, SendAt } from './rules.ts'
import { instantAt, localDateOf, MS_PER_DAY, subtractFromDate, subtractInZone, type TimeOfDay } from './zone.ts'

/** One rung of one grant's ladder for one reader: when it is due. `lengthMs` orders rungs; it dates nothing. */
export type DatedRung = Readonly<{ stage: Stage; dueAt: Date; lengthMs: number }>

/** Where and when the reader is to be reached. */
export type Delivery = Readonly<{ sendAt: SendAt; timeZone: string }>

/**
 * The instant at which a rung is due (rule R2).
 *
 * At a time of day: that local time, the rung's calendar days before the local date of the expiry. `anytime`, and a
 * rung that counts hours: exactly the rung's length before the expiry, a day being 24 hours.
 */
export function rungDueAt(rung: Rung, expiresAt: Date, { sendAt, timeZone }: Delivery): Date {
  const { parts } = rung.before
  if (sendAt !== 'anytime' && isCalendarDuration(rung.before)) {
    const { years, months, weeks, days } = parts
    const date = subtractFromDate(localDateOf(expiresAt, timeZone), { years, months, weeks, days })
    return instantAt(date, sendAt, timeZone)
  }
  const { years, months } = parts
  const monthsBefore = years + months > 0 ? subtractInZone(expiresAt, { years, months }, timeZone) : expiresAt
  return new Date(monthsBefore.getTime() - (parts.weeks * 7 + parts.days) * MS_PER_DAY - clockLengthMs(rung.before))
}

/** The rungs that can fire for a grant, widest first: those that fall inside its life (rule R2). */
export function ladderOf(
  policy: Policy,
  life: Readonly<{ startsAt: Date; expiresAt: Date }>,
  delivery: Delivery,
): readonly DatedRung[] {
  return policy.rungs
    .map((rung) => ({
      stage: rung.stage,
      dueAt: rungDueAt(rung, life.expiresAt, delivery),
      lengthMs: nominalLengthMs(rung.before),
    }))
    .filter(({ dueAt }) => dueAt >= life.startsAt && dueAt < life.expiresAt)
}

/** The tightest rung that is due (rule R3), or null. */
export function tightestDue(ladder: readonly DatedRung[], now: Date): DatedRung | null {
  const due = ladder.filter(({ dueAt }) => dueAt <= now)
  return due.reduce<DatedRung | null>((best, rung) => (best && best.lengthMs <= rung.lengthMs ? best : rung), null)
}

/** When the notice after the expiry is due (rule R6): at the expiry, or at the first sending time from then on. */
export function expiredDueAt(expiresAt: Date, { sendAt, timeZone }: Delivery): Date {
  return sendAt === 'anytime' ? expiresAt : nextTimeOfDay(expiresAt, sendAt, timeZone)
}

function nextTimeOfDay(from: Date, time: TimeOfDay, timeZone: string): Date {
  const date = localDateOf(from, timeZone)
  for (const daysLater of [0, 1]) {
    const at = instantAt({ ...date, day: date.day + daysLater }, time, timeZone)
    if (at >= from) return at
  }
  return from
}
