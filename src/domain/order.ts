/** The order of texts by code unit, not by locale: it must be the same on every host. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The order of the lines of a mail (rule R7): the earliest expiry first. */
export function mostUrgentFirst(
  a: Readonly<{ expiresAt: Date; grantId: string }>,
  b: Readonly<{ expiresAt: Date; grantId: string }>,
): number {
  return a.expiresAt.getTime() - b.expiresAt.getTime() || byCodeUnit(a.grantId, b.grantId)
}
