import { normaliseAddress } from '../domain/address.ts'
import type { SweepSize } from '../domain/guard.ts'
import type { AccountPlan } from '../domain/plan.ts'
import type { SweepCounts } from '../store/sweep-ledger.ts'

/** Counts what a sweep comes to, account by account; an account's grants are all in one plan. */
export class Tally {
  #emails = 0
  #notices = 0
  #grantsTold = 0
  readonly #goneAddresses = new Set<string>()
  readonly #skipped: Record<string, number> = {}

  /** @returns how many grants the account had */
  add({ mails, skips }: AccountPlan): number {
    const notices = mails.flatMap((mail) => mail.notices)
    const told = new Set(notices.map(({ grantId }) => grantId)).size
    this.#emails += mails.length
    this.#notices += notices.length
    this.#grantsTold += told
    for (const { category, to } of mails) if (category === 'expired') this.#goneAddresses.add(normaliseAddress(to))
    for (const { reason } of skips) this.#skipped[reason] = (this.#skipped[reason] ?? 0) + 1
    return told + skips.length
  }

  counts(): SweepCounts {
    const skips = Object.values(this.#skipped).reduce((sum, count) => sum + count, 0)
    return {
      examined: this.#grantsTold + skips,
      emails: this.#emails,
      notices: this.#notices,
      skipped: { ...this.#skipped },
    }
  }

  /** What the guard goes by (rule R9). */
  size(): SweepSize {
    return { emails: this.#emails, goneAddresses: this.#goneAddresses.size }
  }
}
