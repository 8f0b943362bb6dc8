import { normaliseAddress } from './address.ts'
import { DecimalSum } from './amount.ts'
import { CATEGORIES, type Category, type Decimal } from './model.ts'
import { byCodeUnit } from './order.ts'
import type { MailTotals, SimulatedMail, Stake } from './simulation.ts'

/**
 * Counts mails, some accounts at a time: all that an account gets in the time that is counted has to come together, so
 * that people and grants count once and nothing has to be remembered of them.
 */
export class MailTotalsCount {
  #emails = 0
  #people = 0
  #accounts = 0
  #grants = 0
  readonly #byCategory: Record<Category, number> = { warning: 0, expired: 0, correction: 0 }
  readonly #stakes = new Map<string, Omit<Stake, 'grants' | 'amount'> & { grants: number; readonly sum: DecimalSum }>()

  add(mails: readonly SimulatedMail[]): void {
    if (mails.length === 0) return
    const people = new Set<string>()
    const accounts = new Set<string>()
    const grants = new Set<string>()
    const told = new Set<string>()
    for (const { accountId, to, category, lines } of mails) {
      this.#emails += 1
      this.#byCategory[category] += 1
      accounts.add(accountId)
      people.add(`${accountId}\n${normaliseAddress(to)}`)
      for (const { grantId, unit, kind, amount } of lines) {
        grants.add(grantId)
        const once = `${category} ${grantId}`
        if (told.has(once)) continue
        told.add(once)
        this.#addStake(category, { unit, kind, amount })
      }
    }
    this.#people += people.size
    this.#accounts += accounts.size
    this.#grants += grants.size
  }

  totals(): MailTotals {
    return {
      emails: this.#emails,
      byCategory: { ...this.#byCategory },
      people: this.#people,
      accounts: this.#accounts,
      grants: this.#grants,
      stakes: [...this.#stakes.values()]
        .map(({ sum, ...stake }) => ({ ...stake, amount: sum.total }))
        .toSorted(inOrder),
    }
  }

  #addStake(
    category: Category,
    { unit, kind, amount }: Readonly<{ unit: string; kind: string; amount: Decimal }>,
  ): void {
    const key = JSON.stringify([category, unit, kind])
    const stake = this.#stakes.get(key) ?? { category, unit, kind, grants: 0, sum: new DecimalSum() }
    this.#stakes.set(key, stake)
    stake.grants += 1
    stake.sum.add(amount)
  }
}

function inOrder(a: Stake, b: Stake): number {
  return (
    CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category) ||
    byCodeUnit(a.unit, b.unit) ||
    byCodeUnit(a.kind, b.kind)
  )
}
