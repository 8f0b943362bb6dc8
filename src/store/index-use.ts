import type { Moment } from '../domain/reach.ts'
import { dueWindowSearches, type Search } from './candidates.ts'
import type { Database, Transaction } from './database.ts'

/** A search that every sweep makes, and whether an index can serve it. */
export type IndexUse = Readonly<{
  relation: string
  /** What an index would have to begin with. */
  columns: string
  /** `elsewhere`: a foreign table, whose server has the indexes. */
  served: 'by-index' | 'by-reading-all' | 'elsewhere'
}>

/** Planning waits for whoever changes a table at this moment; the question is not worth a long wait. */
const LOCK_TIMEOUT_MS = 3000

type Probe = Search & Readonly<{ relation: string; columns: string }>

const BY_ID = [
  { relation: 'billing.contacts', columns: 'account_id' },
  { relation: 'billing.accounts', columns: 'id' },
  { relation: 'billing.credit_grants', columns: 'id' },
]

/**
 * Asks the planner of each search whether an index can bound it, tables and views alike. Sequential scans are ruled
 * out for the question: on a small table the planner prefers them, whatever indexes there are.
 */
export async function readIndexUse(db: Database, moment: Moment): Promise<readonly IndexUse[]> {
  const probes: readonly Probe[] = [
    ...dueWindowSearches(moment).map((search) => ({ ...search, relation: 'billing.credit_grants' })),
    ...BY_ID.map(({ relation, columns }) => ({
      ...{
        relation,
        columns,
        sql: `SELECT 1 FROM ${relation} WHERE ${columns} = ANY($1::text[])`,
        values: [['a', 'b']],
      },
    })),
  ]
  return db.$transaction(
    async (tx) => {
      await tx.$executeRawUnsafe('SET LOCAL enable_seqscan = off')
      await tx.$executeRawUnsafe(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
      const uses: IndexUse[] = []
      for (const probe of probes) {
        const { relation, columns } = probe
        uses.push({ relation, columns, served: await servedBy(tx, probe) })
      }
      return uses
    },
    { timeout: probes.length * 2 * LOCK_TIMEOUT_MS },
  )
}

type Plan = Readonly<{
  'Node Type': string
  'Index Name'?: string
  'Index Cond'?: string
  Plans?: readonly Plan[]
}>

async function servedBy(tx: Transaction, { sql, values }: Search): Promise<IndexUse['served']> {
  const [row] = await tx.$queryRawUnsafe<{ 'QUERY PLAN': readonly { Plan: Plan }[] }[]>(
    `EXPLAIN (FORMAT JSON, COSTS OFF) ${sql}`,
    ...values,
  )
  const nodes = nodesOf(row?.['QUERY PLAN'][0]?.Plan)
  if (nodes.some((node) => node['Node Type'] === 'Foreign Scan')) return 'elsewhere'
  for (const { 'Index Name': index = '', 'Index Cond': condition = '' } of nodes) {
    if (isBounded(condition) && (await leads(tx, index, condition))) return 'by-index'
  }
  return 'by-reading-all'
}

/** True for a condition with both ends of the window, or with the ids; an index that is only walked through has neither. */
function isBounded(indexCondition: string): boolean {
  return indexCondition.includes(' = ANY ') || (indexCondition.includes(' >= ') && indexCondition.includes(' <= '))
}

/** True where the condition is on what the index is sorted by first: on a later column, all of the index is read. */
async function leads(tx: Transaction, index: string, condition: string): Promise<boolean> {
  const rows = await tx.$queryRawUnsafe<{ leading: string }[]>(
    `SELECT pg_get_indexdef(oid, 1, true) AS leading FROM pg_class WHERE relname = $1 AND relkind IN ('i', 'I')`,
    index,
  )
  const withoutAliases = condition.replace(/\b\w+\./g, '')
  return rows.some(({ leading }) => {
    const literally = leading.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    return new RegExp(`(?<!\\w)${literally}(?!\\w)`).test(withoutAliases)
  })
}

function nodesOf(plan: Plan | undefined): readonly Plan[] {
  return plan === undefined ? [] : [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}
