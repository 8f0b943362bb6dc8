import { normaliseAddress } from './address.ts'
import { MailTotalsCount } from './mail-totals.ts'
import type { SimulatedDay, SimulatedMail } from './simulation.ts'
import { MS_PER_DAY } from './zone.ts'

/** What the sweep at one slot comes to. */
export type SlotSize = Readonly<{ at: Date; emails: number; goneAddresses: number }>

/** Counts the mails of a period by day of UTC, by slot and in all; accounts that share an address have to come together. */
export class PeriodCount {
  readonly #all = new MailTotalsCount()
  /** By the number of days since 1970. */
  readonly #days = new Map<number, MailTotalsCount>()
  readonly #slots = new Map<number, { emails: number; goneAddresses: number }>()

  add(mails: readonly SimulatedMail[]): void {
    this.#all.add(mails)
    for (const [day, ofDay] of Map.groupBy(mails, ({ at }) => dayOf(at))) {
      const count = this.#days.get(day) ?? new MailTotalsCount()
      this.#days.set(day, count)
      count.add(ofDay)
    }
    // The guard judges what a sweep plans, not what waits already.
    const planned = mails.filter(({ waited }) => !waited)
    for (const [ms, ofSlot] of Map.groupBy(planned, ({ at }) => at.getTime())) {
      const gone = ofSlot.filter(({ category }) => category === 'expired').map(({ to }) => normaliseAddress(to))
      const known = this.#slots.get(ms) ?? { emails: 0, goneAddresses: 0 }
      known.emails += ofSlot.length
      known.goneAddresses += new Set(gone).size
      this.#slots.set(ms, known)
    }
  }

  totals() {
    return this.#all.totals()
  }

  days(): readonly SimulatedDay[] {
    return [...this.#days]
      .toSorted(([a], [b]) => a - b)
      .map(([day, count]) => ({ day: nameOf(day), ...count.totals() }))
  }

  /** In order; a slot without a mail is not among them. */
  slots(): readonly SlotSize[] {
    return [...this.#slots]
      .toSorted(([a], [b]) => a - b)
      .map(([ms, { emails, goneAddresses }]) => ({ at: new Date(ms), emails, goneAddresses }))
  }
}

function dayOf(at: Date): number {
  return Math.floor(at.getTime() / MS_PER_DAY)
}

function nameOf(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 'yyyy-mm-dd'.length)
}
