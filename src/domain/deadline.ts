import type { Category } from './model.ts'
import type { Moment } from './reach.ts'
import { addInZone, MS_PER_DAY } from './zone.ts'

/**
 * The instant from which on a mail says nothing useful: for a warning the latest expiry among its lines, for a final
 * notice `expiredWithin` after it. A final notice that is planned at the last moment is tried for a day all the same.
 * A correction is tried for `expiredWithin` and at least a day, but not beyond the latest expiry: that may never come.
 */
export function deadlineOf(
  category: Category,
  lines: readonly Readonly<{ expiresAt: Date }>[],
  { rules, now }: Pick<Moment, 'rules' | 'now'>,
): Date {
  const latest = new Date(Math.max(...lines.map((line) => line.expiresAt.getTime())))
  if (category === 'warning') return latest
  const newsSince = category === 'correction' ? now : latest
  const end = addInZone(newsSince, rules.expiredWithin.parts, 'UTC')
  const triedUntilMs = Math.max(end.getTime(), now.getTime() + MS_PER_DAY)
  return new Date(category === 'correction' ? Math.min(latest.getTime(), triedUntilMs) : triedUntilMs)
}
