import type { CreditGrant, Decimal } from './model.ts'

/** A fact of a grant that the ledger holds, and of when: billing keeps no history of it. */
export type Note<T> = Readonly<{ at: Date; value: T }>

/** What the ledger noted of a grant whenever it looked, in any order. */
export type GrantNotes = Readonly<{
  /** The expiry, null for none. */
  expiries: readonly Note<Date | null>[]
  /** What was left, or lost. */
  amounts: readonly Note<Decimal>[]
}>

/** A grant as it probably stood at a past time, and which facts of it are the ledger's and not of now. */
export type NotedGrant = Readonly<{
  grant: CreditGrant
  /** As billing has it now. */
  current: CreditGrant
  /** Null where the fact is of now. */
  expiry: Note<Date | null> | null
  amount: Note<Decimal> | null
}>

/**
 * A grant at a past time, for its expiry and what was left of it: by whichever word is nearest in time, the ledger's or
 * that of the billing data now. When in between a fact changed, nobody knows; a word of the time itself is exact.
 *
 * @param now when the billing data was read
 */
export function asNoted(
  grant: CreditGrant,
  notes: GrantNotes,
  { at, now }: Readonly<{ at: Date; now: Date }>,
): NotedGrant {
  const expiry = nearestNote(notes.expiries, { at, now })
  const amount = nearestNote(notes.amounts, { at, now })
  return {
    current: grant,
    grant: {
      ...grant,
      ...(expiry !== null && { expiresAt: expiry.value ?? 'never' }),
      ...(amount !== null && { remaining: amount.value, expiredAmount: null }),
    },
    expiry,
    amount,
  }
}

/** The note nearest in time, of two the earlier; null where now is nearer than any. */
function nearestNote<T>(notes: readonly Note<T>[], { at, now }: Readonly<{ at: Date; now: Date }>): Note<T> | null {
  const distance = (instant: Date) => Math.abs(instant.getTime() - at.getTime())
  const nearest = notes.reduce<Note<T> | null>((best, note) => {
    if (best === null || distance(note.at) < distance(best.at)) return note
    return distance(note.at) === distance(best.at) && note.at <= at ? note : best
  }, null)
  return nearest !== null && distance(nearest.at) < distance(now) ? nearest : null
}
