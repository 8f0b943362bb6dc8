import type { Category } from './model.ts'
import type { Rules } from './rules.ts'
import { addInZone } from './zone.ts'

/**
 * The instant from which on a mail says nothing useful: for a warning the latest expiry among its lines, for a final
 * notice `expiredWithin` after it.
 */
export function deadlineOf(category: Category, lines: readonly Readonly<{ expiresAt: Date }>[], rules: Rules): Date {
  const latest = new Date(Math.max(...lines.map((line) => line.expiresAt.getTime())))
  return category === 'warning' ? latest : addInZone(latest, rules.expiredWithin.parts, 'UTC')
}
