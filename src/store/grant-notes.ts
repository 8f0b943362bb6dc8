import type { GrantNotes, Note } from '../domain/as-noted.ts'
import type { Decimal } from '../domain/model.ts'
import { expiryOfInstant } from '../domain/never.ts'
import type { Transaction } from './database.ts'
import { readAmounts } from './grant-history.ts'
import { inParts } from './in-parts.ts'

/** What the ledger noted of grants whenever it planned, sent or decided, by grant. */
export async function readGrantNotes(
  db: Transaction,
  grantIds: readonly string[],
): Promise<ReadonlyMap<string, GrantNotes>> {
  const notes = new Map(
    grantIds.map((id) => [id, { expiries: [] as Note<Date | null>[], amounts: [] as Note<Decimal>[] }] as const),
  )
  const notices = await inParts(grantIds, (part) => noticesOf(db, part))
  const amounts = await readAmounts(
    db,
    notices.map(({ id }) => id),
  )
  for (const { id, grantId, expiresAt, mail, ...came } of notices) {
    const expiry = expiryOfInstant(expiresAt)
    const noted = notes.get(grantId)
    noted?.expiries.push({ at: mail.sweep.asOf, value: expiry })
    // Once it is sent, the row holds what the mail said, which was read just before.
    const saidAt = came.state === 'sent' ? came.settledAt : null
    noted?.amounts.push({ at: saidAt ?? mail.sweep.asOf, value: amounts.get(id) ?? '0' })
    if (saidAt !== null) noted?.expiries.push({ at: saidAt, value: expiry })
    const isSpent = came.state === 'dropped' && came.reason === 'nothing-remaining'
    if (isSpent && came.settledAt !== null) noted?.amounts.push({ at: came.settledAt, value: '0' })
  }
  const decisions = await inParts(grantIds, (part) =>
    db.decision.findMany({
      where: { grantId: { in: part } },
      select: { grantId: true, asOf: true, expiresAt: true, reason: true },
      orderBy: { id: 'asc' },
    }),
  )
  for (const { grantId, asOf, expiresAt, reason } of decisions) {
    const noted = notes.get(grantId)
    if (expiresAt !== null) noted?.expiries.push({ at: asOf, value: expiryOfInstant(expiresAt) })
    if (reason === 'nothing-remaining') noted?.amounts.push({ at: asOf, value: '0' })
  }
  return notes
}

function noticesOf(db: Transaction, grantIds: string[]) {
  return db.notice.findMany({
    where: { grantId: { in: grantIds } },
    select: {
      ...{ id: true, grantId: true, expiresAt: true, state: true, reason: true, settledAt: true },
      mail: { select: { sweep: { select: { asOf: true } } } },
    },
    orderBy: { id: 'asc' },
  })
}
