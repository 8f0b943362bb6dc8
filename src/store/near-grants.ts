import type { Transaction } from './database.ts'

const NEIGHBOURS = 20

/**
 * The ids of grants and accounts that stand beside a text in the order of ids: what somebody meant who wrote the beginning of
 * one, or its end wrong. Two looks into an index each.
 */
export async function neighboursOf(tx: Transaction, relation: 'credit_grants' | 'accounts', id: string) {
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(
    `(SELECT id::text AS id FROM billing.${relation} WHERE id >= $1 ORDER BY id LIMIT ${NEIGHBOURS})
     UNION ALL
     (SELECT id::text AS id FROM billing.${relation} WHERE id < $1 ORDER BY id DESC LIMIT ${NEIGHBOURS})`,
    id,
  )
  return rows.map((row) => row.id)
}
