import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'
import { prismaFolder } from '../paths.ts'

const migrationsFolder = join(prismaFolder, 'migrations')

/** The names of the migrations that this version carries, in their order. */
export async function migrationNames(): Promise<readonly string[]> {
  const entries = await readdir(migrationsFolder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

/** The migrations as Prisma's engine takes them. */
export async function readMigrations(): Promise<MigrationList> {
  const lockfile = 'migration_lock.toml'
  const names = await migrationNames()
  return {
    baseDir: migrationsFolder,
    lockfile: { path: lockfile, content: await readFile(join(migrationsFolder, lockfile), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.map(readMigration)),
  }
}

async function readMigration(name: string) {
  const script = 'migration.sql'
  const value = await readFile(join(migrationsFolder, name, script), 'utf8')
  return { path: name, migrationFile: { path: script, content: { tag: 'ok' as const, value } } }
}
