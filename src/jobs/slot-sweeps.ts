import { describeFirstSweep } from '../domain/first-sweep.ts'
import type { Logger } from '../logger.ts'
import { noProgress } from './progress.ts'
import type { SweepCounts } from './service-measures.ts'
import { type SweepOutcome, sweep } from './sweep.ts'
import type { SweepSetting } from './sweep-setting.ts'

/** The sweeps that one instance makes for the schedule, and how they have ended. */
export type SlotSweeps = Readonly<{
  sweepSlot: (slot: string) => Promise<void>
  counts: () => SweepCounts
  /** What the latest of them failed by; null where it did not. */
  fault: () => unknown
}>

/**
 * @param told.good is called after each sweep that did its work: a held one did, and waits for a person
 * @param told.ended is called after each, whatever came of it
 */
export function slotSweeps(
  setting: Omit<SweepSetting, 'openProgress'> & Readonly<{ log: Logger }>,
  told: Readonly<{ good: () => void; ended: () => void }>,
): SlotSweeps {
  const { log } = setting
  const counts = { planned: 0, held: 0, failed: 0 }
  let fault: unknown = null
  const tell = ({ id, dispatched, heldBecause, first, counts: swept }: SweepOutcome): void => {
    const { examined, emails, skipped } = swept
    log.info({ sweep: id, examined, emails, skipped, dispatched }, 'swept')
    if (first !== null) log.info({ sweep: id, ...first }, describeFirstSweep(first).join('; '))
    if (heldBecause !== null) log.error({ sweep: id, heldBecause }, 'sweep held for approval')
    counts[heldBecause === null ? 'planned' : 'held'] += 1
  }
  const sweepOnce = async (slot: string): Promise<void> => {
    const order = { id: slot, asOf: null, finished: tell }
    const outcome = await sweep({ ...setting, openProgress: noProgress }, order)
    if (outcome === null) return
    tell(outcome)
    told.good()
  }
  return {
    counts: () => ({ ...counts }),
    fault: () => fault,
    sweepSlot: async (slot) => {
      try {
        await sweepOnce(slot)
        fault = null
      } catch (error) {
        fault = error
        counts.failed += 1
        throw error
      } finally {
        told.ended()
      }
    },
  }
}
