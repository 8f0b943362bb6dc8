import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { prismaFolder } from '../paths.ts'

const RELATIONS = ['accounts', 'contacts', 'credit_grants', 'credit_usage'] as const

/**
 * Creates those relations of the starter schema `billing` that are missing. A table or view of that name is the
 * company's own, and is left as it is: this is no migration, and keeps no history.
 *
 * @returns the names of those created
 */
export async function createMissingBilling(pool: pg.Pool): Promise<readonly string[]> {
  const missing: string[] = []
  for (const relation of RELATIONS) {
    if (!(await exists(pool, `to_regclass('billing.${relation}')`))) missing.push(relation)
  }
  if (missing.length === 0) return []
  const scripts = await Promise.all(
    missing.map((name) => readFile(join(prismaFolder, 'billing', `${name}.sql`), 'utf8')),
  )
  // IF NOT EXISTS would ask for the right to create schemas even where there is nothing to create.
  if (!(await exists(pool, `to_regnamespace('billing')`))) scripts.unshift('CREATE SCHEMA billing;')
  await pool.query(scripts.join('\n'))
  return missing.map((name) => `billing.${name}`)
}

async function exists(pool: pg.Pool, expression: string): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(`SELECT ${expression} IS NOT NULL AS found`)
  return rows[0]?.found ?? false
}
