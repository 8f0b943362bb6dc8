import type { AlarmLimits } from './alarms.ts'
import { nominalLengthMs } from './duration.ts'

/** The first slot of the schedule after an instant; null where none is to come. */
type NextSlot = (after: Date) => Date | null

/**
 * By when a good sweep has to be done: the first slot after the last one, and a grace. A sweep that usually takes long
 * is given twice its time. With a schedule of one a day, at 09:00, it is 09:10 of the day after the last one, and not
 * a day after it.
 *
 * @param known.since the last good sweep; before the first one, when its service began
 * @returns null where the schedule has no slot to come
 */
export function sweepExpectedBy(
  known: Readonly<{ since: Date; usualSweepMs: number; nextSlot: NextSlot }>,
  { sweepLate }: AlarmLimits,
): Date | null {
  const slot = known.nextSlot(known.since)
  return slot && new Date(slot.getTime() + Math.max(nominalLengthMs(sweepLate), 2 * known.usualSweepMs))
}

/** By when a mail has to have left: the slot whose sweep hands it out if nobody did before, and what is granted after it. */
export function deliveryExpectedBy(
  known: Readonly<{ dueSince: Date; nextSlot: NextSlot }>,
  { noticeLate }: AlarmLimits,
): Date | null {
  const slot = known.nextSlot(known.dueSince)
  return slot && noticeLate && new Date(slot.getTime() + nominalLengthMs(noticeLate))
}
