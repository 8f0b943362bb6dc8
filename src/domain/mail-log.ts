import { MS_PER_DAY } from './zone.ts'

/** What the ledger knows of mails to one address: when some were sent, and how many wait to be. */
export type MailsToAddress = Readonly<{ sentAt: readonly Date[]; waiting: number }>

/**
 * Mails by normalised address, for the limit of 24 hours (rule R7). It is asked about instants that never go back, and
 * forgets what is older.
 */
export class MailLog {
  readonly #known: ReadonlyMap<string, MailsToAddress>
  readonly #sentMs = new Map<string, number[]>()
  readonly #settled = new Map<string, number>()

  /** @param known of whatever addresses; it may be shared with others */
  constructor(known: ReadonlyMap<string, MailsToAddress>) {
    this.#known = known
  }

  /** How many mails the address had in the 24 hours up to `now`, or is still to get from earlier sweeps. */
  countAt(address: string, now: Date): number {
    const sinceMs = now.getTime() - MS_PER_DAY
    const sent = this.#sentTo(address)
    const recent = sent.some((ms) => ms <= sinceMs) ? sent.filter((ms) => ms > sinceMs) : sent
    if (recent !== sent) this.#sentMs.set(address, recent)
    const waiting = (this.#known.get(address)?.waiting ?? 0) - (this.#settled.get(address) ?? 0)
    return recent.filter((ms) => ms <= now.getTime()).length + waiting
  }

  noteSent(address: string, at: Date): void {
    this.#sentTo(address).push(at.getTime())
  }

  /** One that was waiting does so no more. */
  noteSettled(address: string): void {
    this.#settled.set(address, (this.#settled.get(address) ?? 0) + 1)
  }

  /** When the next of the mails counted at `now` counts no more; null where none does by itself. */
  nextRelief(address: string, now: Date): Date | null {
    const counted = this.#sentTo(address).filter((ms) => ms <= now.getTime())
    return counted.length === 0 ? null : new Date(Math.min(...counted) + MS_PER_DAY)
  }

  #sentTo(address: string): number[] {
    const noted = this.#sentMs.get(address)
    if (noted !== undefined) return noted
    const sent = (this.#known.get(address)?.sentAt ?? []).map((at) => at.getTime())
    this.#sentMs.set(address, sent)
    return sent
  }
}
