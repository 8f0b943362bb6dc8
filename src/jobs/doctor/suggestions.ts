import { CONTRACT } from '../../store/billing-contract.ts'
import type { ForeignRelation } from '../../store/look-alikes.ts'
import { nearColumn } from './near-names.ts'

/** Systems whose tables are known, by those that no other has together, and where their views are written down. */
const KNOWN_SYSTEMS = [
  { system: 'Lago', tables: ['wallets', 'wallet_transactions', 'billing_entities'], file: 'docs/connect/lago.sql' },
  { system: 'OpenMeter', tables: ['grants', 'entitlements', 'customers'], file: 'docs/connect/openmeter.sql' },
  { system: "Stripe's sync engine", tables: ['billing_credit_grant', 'customer'], file: 'docs/connect/stripe.sql' },
] as const

/** Names of tables by which a system is known. */
export const KNOWN_TABLES: readonly string[] = KNOWN_SYSTEMS.flatMap(({ tables }) => tables)

/** The system whose tables these are; null for none that is known. */
export function knownSystem(found: readonly ForeignRelation[]): Readonly<{ system: string; file: string }> | null {
  const names = new Set(found.map(({ name }) => name))
  return KNOWN_SYSTEMS.find(({ tables }) => tables.every((table) => names.has(table))) ?? null
}

/** Columns by which a relation is known, every group by one of its; and by which names. */
const MARKS: Readonly<Record<string, Readonly<{ has: readonly (readonly string[])[]; name: RegExp }>>> = {
  accounts: {
    has: [['id']],
    name: /^(?:accounts?|customers?|organi[sz]ations?|tenants?|compan(?:y|ies)|workspaces?|teams?|clients?)$/i,
  },
  contacts: { has: [['email']], name: /user|member|contact|person|people|customer/i },
  credit_grants: { has: [['expires_at'], ['remaining', 'amount']], name: /./ },
}
const GRANTS_NAME = /credit|grant|wallet|balance|voucher|prepaid|top_?up|bonus|points|allowance/i
const MAX_SUGGESTIONS = 3

/** Relations that look like a missing one, the likeliest first, each with the columns that would be which. */
export function suggestionsFor(missing: string, found: readonly ForeignRelation[]): readonly string[] {
  const marks = MARKS[missing]
  if (marks === undefined) return []
  return found
    .filter(({ name }) => marks.name.test(name))
    .map((relation) => ({ ...relation, near: nearColumnsOf(missing, relation.columns) }))
    .filter(({ near }) => marks.has.every((group) => group.some((column) => near.has(column))))
    .toSorted((a, b) => likeness(b, missing) - likeness(a, missing))
    .slice(0, MAX_SUGGESTIONS)
    .map(({ relation, near }) => {
      const renamed = [...near].filter(([needed, column]) => needed !== column)
      const words = renamed.map(([needed, column]) => `${column} for ${needed}`)
      return `${relation} looks like it${words.length === 0 ? '' : `: ${words.join(', ')}`}`
    })
}

function nearColumnsOf(missing: string, columns: readonly string[]): ReadonlyMap<string, string> {
  const near = new Map<string, string>()
  for (const needed of Object.keys(CONTRACT[missing]?.columns ?? {})) {
    const taken = new Set(near.values())
    const column = nearColumn(
      needed,
      columns.filter((each) => !taken.has(each)),
    )
    if (column !== null) near.set(needed, column)
  }
  return near
}

function likeness(
  { name, near }: Readonly<{ name: string; near: ReadonlyMap<string, string> }>,
  missing: string,
): number {
  const speaksOfCredits = missing === 'credit_grants' && GRANTS_NAME.test(name)
  return near.size + (speaksOfCredits ? Object.keys(CONTRACT.credit_grants?.columns ?? {}).length : 0)
}
