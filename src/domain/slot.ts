const MS_PER_SECOND = 1000
/** Hosts that keep time differ by far less; what differs by more is astray. */
const MAX_DIFFERENCE_MS = 60 * MS_PER_SECOND

/** What is to be done at one tick of a host's schedule. */
export type Slot = Readonly<{
  /** Its second in UTC, `2026-11-24T09:15:00Z`: a schedule knows nothing finer. */
  name: string
  /** How long it is too early for it, by the database's clock. */
  waitMs: number
  /** By how much the host's clock is ahead (negative: behind), where that is too much to go by; else null. */
  astrayByMs: number | null
}>

/**
 * The slot of a tick, by the database's clock. On hosts whose clocks nearly agree with it, all name it alike, by the time
 * of the schedule, and none is early. A host that is astray names it by the time that it really is: else it would take
 * slots away from the day to come, and that day would have no sweep.
 *
 * @param tick the time of the schedule at which the host woke
 * @param hostNow the host's clock; it may be well past the tick, where the host slept
 * @param now the database's clock
 */
export function slotAt(tick: Date, { hostNow, now }: Readonly<{ hostNow: Date; now: Date }>): Slot {
  const aheadMs = hostNow.getTime() - now.getTime()
  if (Math.abs(aheadMs) > MAX_DIFFERENCE_MS) {
    return { name: nameOf(new Date(tick.getTime() - aheadMs)), waitMs: 0, astrayByMs: aheadMs }
  }
  return { name: nameOf(tick), waitMs: Math.max(0, tick.getTime() - now.getTime()), astrayByMs: null }
}

function nameOf(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}
