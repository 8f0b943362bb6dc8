import { createTask, parse } from 'node-cron'
import { MS_PER_DAY } from '../domain/zone.ts'

const MS_PER_SECOND = 1000
/** From one 29 February over a year that has none (2100) to the next. What comes more rarely is not waited for. */
export const LONGEST_WAIT_DAYS = 8 * 366

/** The first slot of a schedule after an instant; null where none comes within eight years. */
export type NextSlot = (after: Date) => Date | null

/**
 * Finds the slots of a cron expression in UTC. A second reading of its dialect (`L`, `#`, day of month and of week) could
 * differ from that of the scheduler's library, and a slot be waited for that is never called: so the library is asked.
 */
export function slotsOf(schedule: string): NextSlot {
  const times = timesOfDay(schedule)
  const hasSlots = dayMatcher(schedule, times[0] ?? 0)
  // Asked again and again between two slots, and the days up to a rare one are many.
  let known: Readonly<{ after: Date; slot: Date | null }> | null = null
  return (after) => {
    if (known === null || after < known.after || (known.slot !== null && after >= known.slot)) {
      known = { after, slot: find(after, times, hasSlots) }
    }
    return known.slot
  }
}

function find(after: Date, times: readonly number[], hasSlots: (dayMs: number) => boolean): Date | null {
  const today = Math.floor(after.getTime() / MS_PER_DAY) * MS_PER_DAY
  for (let day = 0; day <= LONGEST_WAIT_DAYS; day++) {
    const dayMs = today + day * MS_PER_DAY
    const time = times.find((ms) => dayMs + ms > after.getTime())
    if (time !== undefined && hasSlots(dayMs)) return new Date(dayMs + time)
  }
  return null
}

/** In milliseconds from midnight, ascending; every day that has slots has all of these. */
export function timesOfDay(schedule: string): readonly number[] {
  const { hour, minute, second } = parse(schedule)
  const seconds = hour.flatMap((h) => minute.flatMap((m) => second.map((s) => (h * 60 + m) * 60 + s)))
  return seconds.sort((a, b) => a - b).map((each) => each * MS_PER_SECOND)
}

/** @param timeMs a time of day at which there is a slot on days that have any */
export function dayMatcher(schedule: string, timeMs: number): (dayMs: number) => boolean {
  // Never started: it only answers.
  const task = createTask(schedule, () => {}, { timezone: 'UTC' })
  task.destroy()
  return (dayMs) => task.match(new Date(dayMs + timeMs))
}
