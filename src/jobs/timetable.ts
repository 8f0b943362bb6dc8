import type { Timetable } from '../domain/timetable.ts'
import { MS_PER_DAY } from '../domain/zone.ts'
import { dayMatcher, LONGEST_WAIT_DAYS, timesOfDay } from './slots.ts'

/** The slots of a cron expression in UTC, to be asked about again and again; beyond eight years none is looked for. */
export function timetableOf(schedule: string): Timetable {
  const times = timesOfDay(schedule)
  const matches = dayMatcher(schedule, times[0] ?? 0)
  const known = new Map<number, boolean>()
  const hasSlots = (dayMs: number) => {
    const isKnown = known.get(dayMs)
    if (isKnown !== undefined) return isKnown
    const has = matches(dayMs)
    known.set(dayMs, has)
    return has
  }
  return {
    from: (instant) => {
      const today = startOfDay(instant)
      const place = firstAtLeast(times, instant.getTime() - today)
      if (place < times.length && hasSlots(today)) return new Date(today + (times[place] ?? 0))
      for (let day = 1; day <= LONGEST_WAIT_DAYS; day++) {
        const dayMs = today + day * MS_PER_DAY
        if (hasSlots(dayMs)) return new Date(dayMs + (times[0] ?? 0))
      }
      return null
    },
    before: (instant) => {
      const today = startOfDay(instant)
      const place = firstAtLeast(times, instant.getTime() - today)
      if (place > 0 && hasSlots(today)) return new Date(today + (times[place - 1] ?? 0))
      for (let day = 1; day <= LONGEST_WAIT_DAYS; day++) {
        const dayMs = today - day * MS_PER_DAY
        if (hasSlots(dayMs)) return new Date(dayMs + (times.at(-1) ?? 0))
      }
      return null
    },
  }
}

/** How many slots there are from one instant on and before another. */
export function countSlots(schedule: string, { from, to }: Readonly<{ from: Date; to: Date }>): number {
  const times = timesOfDay(schedule)
  const hasSlots = dayMatcher(schedule, times[0] ?? 0)
  let slots = 0
  for (let dayMs = startOfDay(from); dayMs < to.getTime(); dayMs += MS_PER_DAY) {
    if (!hasSlots(dayMs)) continue
    slots += firstAtLeast(times, to.getTime() - dayMs) - firstAtLeast(times, from.getTime() - dayMs)
  }
  return slots
}

function startOfDay(instant: Date): number {
  return Math.floor(instant.getTime() / MS_PER_DAY) * MS_PER_DAY
}

/** The place of the first of ascending numbers that is not less; their number where all are. */
function firstAtLeast(numbers: readonly number[], least: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low
}
