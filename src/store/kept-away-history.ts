import { z } from 'zod'
import { SUPPRESSION_SCOPES, type SuppressionScope } from '../domain/model.ts'
import type { Transaction } from './database.ts'
import { inParts } from './in-parts.ts'
import { OPT_OUT_SOURCES, type OptOutSource } from './opt-outs.ts'
import { SUPPRESSION_REASONS, type SuppressionReason } from './suppressions.ts'

/** An address on the suppression list, by its hash, as it stood at a time. */
export type SuppressionRecord = Readonly<{
  addressHash: string
  reason: SuppressionReason
  scope: SuppressionScope
  source: string
  /** Since when it has been on a list, this one or the one that it was imported from. */
  createdAt: Date
  /** When it was taken off again; null where it still was on it. */
  liftedAt: Date | null
}>

/** What somebody asked not to be sent about an account, as it stood at a time. */
export type OptOutRecord = Readonly<{
  accountId: string
  /** Null where it was asked by whoever had the address. */
  contactId: string | null
  addressHash: string | null
  scope: SuppressionScope
  source: OptOutSource
  createdAt: Date
  /** When it was taken back; null where it still held. */
  liftedAt: Date | null
}>

const instant = z.string().transform((text) => new Date(text))

/** What stood on a row of the list before it was written anew. */
const formerSuppressions = z.array(
  z.object({
    reason: z.enum(SUPPRESSION_REASONS),
    scope: z.enum(SUPPRESSION_SCOPES),
    ...{ source: z.string(), createdAt: instant, listedAt: instant, until: instant },
  }),
)

const formerOptOuts = z.array(
  z.object({
    scope: z.enum(SUPPRESSION_SCOPES),
    source: z.enum(OPT_OUT_SOURCES),
    ...{ createdAt: instant, until: instant },
  }),
)

/** What of the suppression list concerned some addresses by `until`, that which was lifted by then too. */
export async function readSuppressionsUntil(
  db: Transaction,
  hashes: readonly string[],
  until: Date,
): Promise<readonly SuppressionRecord[]> {
  const rows = await inParts([...new Set(hashes)], (part) =>
    db.suppression.findMany({ where: { addressHash: { in: part } }, orderBy: { id: 'asc' } }),
  )
  return rows.flatMap(({ addressHash, former, ...row }) => {
    // What the database's own checks hold to the closed lists.
    const current = { ...row, reason: row.reason as SuppressionReason, scope: row.scope as SuppressionScope }
    const stretches = [
      ...formerSuppressions.parse(former).map(({ until: liftedAt, ...stretch }) => ({ ...stretch, liftedAt })),
      current,
    ]
    return stretches
      .filter(({ listedAt }) => listedAt <= until)
      .map(({ reason, scope, source, createdAt, liftedAt }) => ({
        ...{ addressHash, reason, scope, source, createdAt },
        liftedAt: liftedBy(liftedAt, until),
      }))
  })
}

/** What was asked by `until` for some accounts, or by whoever has one of some addresses, that which was taken back too. */
export async function readOptOutsUntil(
  db: Transaction,
  { accountIds, hashes }: Readonly<{ accountIds: readonly string[]; hashes: readonly string[] }>,
  until: Date,
): Promise<readonly OptOutRecord[]> {
  const rows = await db.unsubscription.findMany({
    where: { OR: [{ accountId: { in: [...accountIds] } }, { addressHash: { in: [...hashes] } }] },
    orderBy: { id: 'asc' },
  })
  return rows.flatMap(({ accountId, contactId, addressHash, former, ...row }) => {
    const current = { ...row, scope: row.scope as SuppressionScope, source: row.source as OptOutSource }
    const stretches = [
      ...formerOptOuts.parse(former).map(({ until: liftedAt, ...stretch }) => ({ ...stretch, liftedAt })),
      current,
    ]
    return stretches
      .filter(({ createdAt }) => createdAt <= until)
      .map(({ scope, source, createdAt, liftedAt }) => ({
        ...{ accountId, contactId, addressHash, scope, source, createdAt },
        liftedAt: liftedBy(liftedAt, until),
      }))
  })
}

function liftedBy(liftedAt: Date | null, until: Date): Date | null {
  return liftedAt !== null && liftedAt <= until ? liftedAt : null
}
