import type { AlarmLimits } from './alarms.ts'
import { nominalLengthMs } from './duration.ts'

/** The first slot of the schedule after an instant; null where none is to come. */
type NextSlot = (after: Date) => Date | null

/** How sweeps come and go. */
export type SweepRhythm = Readonly<{
  nextSlot: NextSlot
  /** What a usual sweep takes, in milliseconds. */
  usualSweepMs: number
}>

/**
 * By when a good sweep has to be done: the first slot after the last one, and a grace. A sweep that usually takes long
 * is given twice its time. With a schedule of one a day, at 09:00, it is 09:10 of the day after the last one.
 *
 * @param since the last good sweep; before the first one, when the service began
 * @returns null where the schedule has no slot to come
 */
export function sweepExpectedBy(since: Date, rhythm: SweepRhythm, limits: Pick<AlarmLimits, 'sweepLate'>): Date | null {
  const slot = rhythm.nextSlot(since)
  return slot && new Date(slot.getTime() + Math.max(nominalLengthMs(limits.sweepLate), 2 * rhythm.usualSweepMs))
}

/** Whether the sweeps of a service go on. */
export type Pulse = Readonly<{
  /** `stale`: a good sweep is overdue, and none is under way. `unknown`: the database does not tell. */
  status: 'ok' | 'stale' | 'unknown'
  lastGoodSweep: Date | null
  expectedBy: Date | null
}>

/**
 * Whether a restart of the service may mend its sweeps. It is measured from the service's own start on: a service that
 * has just been restarted is not to blame for what nobody did before. While a sweep is under way, to stop it would make
 * it begin anew; the queue itself takes it from a worker that is dead, or hangs.
 */
export function pulseOf(
  known: Readonly<{ now: Date; startedAt: Date; lastGoodSweep: Date | null; isSweeping: boolean }>,
  rhythm: SweepRhythm,
  limits: Pick<AlarmLimits, 'sweepLate'>,
): Pulse {
  const { now, startedAt, lastGoodSweep } = known
  const since = lastGoodSweep === null || lastGoodSweep < startedAt ? startedAt : lastGoodSweep
  const expectedBy = sweepExpectedBy(since, rhythm, limits)
  const isOverdue = expectedBy !== null && now >= expectedBy
  return { status: isOverdue && !known.isSweeping ? 'stale' : 'ok', lastGoodSweep, expectedBy }
}
