import type { Moment } from '../domain/reach.ts'
import type { Database, Transaction } from './database.ts'
import { USAGE_RELATION } from './rights.ts'
import { dueWindowSearches, type Search } from './windows.ts'

/** A search that is made again and again, and whether an index can serve it. */
export type IndexUse = Readonly<{
  relation: string
  /** Who makes it: every sweep, or delivery for every hundred mails. */
  by: 'sweep' | 'delivery'
  /** What an index would have to begin with. */
  columns: string
  /** `elsewhere`: a foreign table, whose server has the indexes. */
  served: 'by-index' | 'by-reading-all' | 'elsewhere'
  /** The very search of a sweep; null for those by ids, whose time is that of the ids asked for. */
  search: Search | null
}>

/** Planning waits for whoever changes a table at this moment; the question is not worth a long wait. */
const LOCK_TIMEOUT_MS = 3000

type Probe = Search & Pick<IndexUse, 'relation' | 'by' | 'columns'> & Readonly<{ isWindow?: boolean }>

const BY_ID = [
  { relation: 'billing.contacts', columns: 'account_id', by: 'sweep' },
  { relation: 'billing.accounts', columns: 'id', by: 'sweep' },
  { relation: 'billing.credit_grants', columns: 'id', by: 'sweep' },
  { relation: 'billing.credit_grants', columns: 'account_id', by: 'delivery' },
] as const
const USAGE_BY_ACCOUNT = { relation: USAGE_RELATION, columns: 'account_id', by: 'delivery' } as const

/**
 * Asks the planner of each search whether an index can bound it, tables and views alike. Sequential scans are ruled
 * out for the question: on a small table the planner prefers them, whatever indexes there are.
 */
export function readIndexUse(db: Database, moment: Moment): Promise<readonly IndexUse[]> {
  const windows = dueWindowSearches(moment)
  return probe(db, [
    ...windows.map(
      (search) => ({ ...search, relation: 'billing.credit_grants', by: 'sweep', isWindow: true }) as const,
    ),
    ...BY_ID.map(probeById),
  ])
}

/** The same of usage, apart from the rest: where it cannot be read, that stops nobody's mail. */
export function readUsageIndexUse(db: Database): Promise<readonly IndexUse[]> {
  return probe(db, [probeById(USAGE_BY_ACCOUNT)])
}

function probeById({ relation, columns, by }: Omit<IndexUse, 'served' | 'search'>): Probe {
  return {
    relation,
    columns,
    by,
    sql: `SELECT 1 FROM ${relation} WHERE ${columns} = ANY($1::text[])`,
    values: [['a', 'b']],
  }
}

function probe(db: Database, probes: readonly Probe[]): Promise<readonly IndexUse[]> {
  return db.$transaction(
    async (tx) => {
      await tx.$executeRawUnsafe('SET LOCAL enable_seqscan = off')
      await tx.$executeRawUnsafe(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
      const uses: IndexUse[] = []
      for (const probe of probes) {
        const { relation, columns, by, isWindow = false } = probe
        uses.push({ relation, columns, by, served: await servedBy(tx, probe), search: isWindow ? probe : null })
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
  const plan = row?.['QUERY PLAN'][0]?.Plan
  if (plan === undefined) throw new Error('the planner gave no plan')
  const nodes = nodesOf(plan)
  if (nodes.some((node) => node['Node Type'] === 'Foreign Scan')) return 'elsewhere'
  const leading = await leadingColumns(
    tx,
    nodes.flatMap((node) => node['Index Name'] ?? []),
  )
  return isBounded(plan, leading) ? 'by-index' : 'by-reading-all'
}

function nodesOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

/** By index, the column or expression that it is sorted by first. */
async function leadingColumns(tx: Transaction, indexes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.$queryRawUnsafe<{ name: string; leading: string }[]>(
    `SELECT relname::text AS name, pg_get_indexdef(oid, 1, true) AS leading
       FROM pg_class WHERE relname = ANY($1::text[]) AND relkind IN ('i', 'I')`,
    indexes,
  )
  return new Map(rows.map(({ name, leading }) => [name, leading]))
}

/** True where an index bounds what is read: of a union or of partitions, in each part; of a join, on the side that is searched. */
function isBounded(node: Plan, leading: ReadonlyMap<string, string>): boolean {
  const parts = node.Plans ?? []
  if (/^(?:Merge )?Append$/.test(node['Node Type'])) return parts.every((part) => isBounded(part, leading))
  const condition = node['Index Cond'] ?? ''
  const column = leading.get(node['Index Name'] ?? '')
  const bounds = isSearch(condition) || findsNothing(condition)
  if (column !== undefined && bounds && speaksOf(column, condition)) return true
  return parts.some((part) => isBounded(part, leading))
}

/** True for a condition with both ends of the window, or with the ids; an index that is only walked through has neither. */
function isSearch(condition: string): boolean {
  return condition.includes(' = ANY ') || (condition.includes(' >= ') && condition.includes(' <= '))
}

/**
 * True for the search for grants without an expiry beneath a view that never shows one: `coalesce(…, 'infinity') IS NULL`.
 * The index of the expiry serves it too, and has no such row.
 */
function findsNothing(condition: string): boolean {
  return /^\(COALESCE\(.*, '[^']+'::timestamp with time zone\) IS NULL\)$/.test(condition)
}

/** On a later column of an index only, a condition does not spare reading all of it. */
function speaksOf(column: string, condition: string): boolean {
  // An index writes a cast as (id::text), a condition as (id)::text.
  const withoutAliases = condition.replace(/\b\w+\.|[()]/g, '')
  const literally = column.replace(/[()]/g, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<!\\w)${literally}(?!\\w)`).test(withoutAliases)
}
