import { asksForRecentSweeps, reasonToHold, sufficientAddresses } from '../domain/guard.ts'
import type { MailLog } from '../domain/mail-log.ts'
import { remembering } from '../domain/memo.ts'
import { PeriodCount } from '../domain/period-count.ts'
import { type Moment, momentAt } from '../domain/reach.ts'
import type { Rules } from '../domain/rules.ts'
import { type SimulatedAccount, simulateAccounts } from '../domain/simulate-accounts.ts'
import type { HeldSlot, SimulatedDay, SimulatedMail, SimulatedPeriod } from '../domain/simulation.ts'
import { type PastSweep, recentSweeps } from '../domain/sweep-history.ts'
import { countSlots, timetableOf } from './timetable.ts'

/** One set of rules, and what the period comes to under them so far. */
export type Side = Readonly<{
  /** What a sweep could look at in the whole of the period; null where no slot falls into it. */
  outlook: Moment | null
  /** Simulates accounts that share an address, or one that shares none. */
  simulate: (accounts: readonly SimulatedAccount[], log: MailLog) => readonly SimulatedMail[]
  /** What it all came to, as the guard sees it. */
  conclude: (ledger: Yardsticks) => Promise<SimulatedPeriod>
}>

/** What the guard compares sweeps with. */
export type Yardsticks = Readonly<{
  past: readonly PastSweep[]
  /** All addresses that receive billing mail. */
  countAddresses: () => Promise<number>
}>

export type SideSetting = Readonly<{
  rules: Rules
  from: Date
  to: Date
  locales: readonly string[]
  /** When a sweep last looked before an instant, by the ledger. */
  lookedBefore: (slot: Date) => Promise<Date | null>
}>

/** A plan asks about the slot that it is for and no other; the next account asks for many of the same again. */
const MAX_MOMENTS = 100_000

export async function openSide({ rules, from, to, locales, lookedBefore }: SideSetting): Promise<Side> {
  const slots = timetableOf(rules.schedule)
  const next = slots.from(from)
  const first = next !== null && next < to ? next : null
  const count = new PeriodCount()
  const sweeps = countSlots(rules.schedule, { from, to })
  const lookedAtFirst = first === null ? null : await lookedBefore(first)
  const momentAtSlot = remembering(
    MAX_MOMENTS,
    (slot: Date) => String(slot.getTime()),
    (slot) => momentAt(rules, slot, slot.getTime() === first?.getTime() ? lookedAtFirst : slots.before(slot)),
  )
  return {
    outlook: first && withReachUntil(to, momentAt(rules, first)),
    simulate: (accounts, log) => {
      if (first === null) return []
      const mails = simulateAccounts(accounts, log, { momentAt: momentAtSlot, slots, first, to, locales })
      count.add(mails)
      return mails
    },
    conclude: async (ledger) => {
      const days = count.days()
      return {
        sweeps,
        totals: count.totals(),
        days,
        largestDay: largestOf(days),
        held: await heldSlots(count, ledger, rules),
      }
    },
  }
}

function withReachUntil(to: Date, moment: Moment): Moment {
  return { ...moment, reach: { from: moment.reach.from, to: momentAt(moment.rules, to).reach.to } }
}

function largestOf(days: readonly SimulatedDay[]): SimulatedDay | null {
  return days.reduce<SimulatedDay | null>(
    (best, day) => (best !== null && best.emails >= day.emails ? best : day),
    null,
  )
}

const NO_SWEEPS = { latest: [], largestOfDays: [] }

/**
 * The sweeps above their limits. Those after one are judged as if it had been approved at once: how long a person takes
 * over it, no simulation knows, and a sweep that nobody let go would change all that comes after it.
 */
async function heldSlots(count: PeriodCount, ledger: Yardsticks, rules: Rules): Promise<readonly HeldSlot[]> {
  const past = [...ledger.past]
  const held: HeldSlot[] = []
  for (const { at, ...size } of count.slots()) {
    const addresses = sufficientAddresses(size, rules) === null ? null : await ledger.countAddresses()
    const recent = asksForRecentSweeps(size, rules) ? recentSweeps(past, at) : NO_SWEEPS
    const because = reasonToHold(size, { recent, addresses }, rules)
    if (because !== null) held.push({ at, emails: size.emails, because })
    if (size.emails > 0) past.push({ asOf: at, emails: size.emails })
  }
  return held
}
