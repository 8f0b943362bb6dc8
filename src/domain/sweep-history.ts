import type { RecentSweeps } from './guard.ts'
import { MS_PER_DAY } from './zone.ts'

/** Sweeps that the next one is compared with, and their largest by days of 24 hours each, so many of both. */
export const LATEST_SWEEPS = 20
export const LATEST_DAYS = 20

/** A sweep that planned mails and let them go. */
export type PastSweep = Readonly<{ asOf: Date; emails: number }>

/**
 * Of past sweeps, in order, those that one at `now` is compared with (rule R9). The days are counted back from `now`.
 * It looks at no more of them than it takes.
 */
export function recentSweeps(past: readonly PastSweep[], now: Date): RecentSweeps {
  const latest: number[] = []
  const largest = new Map<number, number>()
  for (let place = past.length - 1; place >= 0; place--) {
    const sweep = past[place]
    if (sweep === undefined) break
    const daysAgo = Math.floor((now.getTime() - sweep.asOf.getTime()) / MS_PER_DAY)
    if (latest.length >= LATEST_SWEEPS && daysAgo >= LATEST_DAYS) break
    if (latest.length < LATEST_SWEEPS) latest.push(sweep.emails)
    if (daysAgo < LATEST_DAYS) largest.set(daysAgo, Math.max(sweep.emails, largest.get(daysAgo) ?? 0))
  }
  return { latest, largestOfDays: [...largest.values()] }
}
