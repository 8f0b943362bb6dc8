/**
 * Stands for "never" where an expiry has to be an instant: in the key of a notice that says so, and in orders. A grant
 * that states this instant, or a later one, is told as never expiring; nothing prints it as a date.
 */
export const NEVER_EXPIRES = new Date('9999-12-31T00:00:00Z')

/** An expiry as a notice is known by. */
export function instantOfExpiry(expiresAt: Date | null): Date {
  return expiresAt === null || expiresAt >= NEVER_EXPIRES ? NEVER_EXPIRES : expiresAt
}

/** The same as people are told it; null: never. */
export function expiryOfInstant(expiresAt: Date): Date | null {
  return expiresAt >= NEVER_EXPIRES ? null : expiresAt
}
