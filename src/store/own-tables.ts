import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { prismaFolder } from '../paths.ts'
import type { Transaction } from './database.ts'

/** A model of `schema.prisma` that is kept in our own schema. */
const OWN_TABLE = /@@map\("(\w+)"\)\s+@@schema\("reminders"\)/g

/**
 * The tables of the schema `reminders` that are not there, although its migrations were applied: somebody dropped or
 * renamed them. No migration brings them back.
 */
export async function missingOwnTables(tx: Transaction): Promise<readonly string[]> {
  const datamodel = await readFile(join(prismaFolder, 'schema.prisma'), 'utf8')
  const tables = [...datamodel.matchAll(OWN_TABLE)].map(([, table = '']) => `reminders.${table}`)
  const rows = await tx.$queryRawUnsafe<{ name: string }[]>(
    'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL ORDER BY name',
    tables,
  )
  return rows.map(({ name }) => name)
}
