import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  bindMigrationAwareSqlAdapterFactory,
  DriverAdapterError,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import type pg from 'pg'

export type SchemaEngine = bindings.SchemaEngine

/** Declared here, because the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  instantiate: (
    bytes: Uint8Array,
    imports: Readonly<Record<string, object>>,
  ) => Promise<{ instance: { exports: { __wbindgen_start: () => void } } }>
}

/**
 * Opens Prisma's own migration engine, which the registry carries as WebAssembly: nothing is downloaded at run time.
 * (Importing the package's main entry would do the same, with a warning that Node prints about it.)
 *
 * @param setting.pool of one connection, which holds the migration lock for as long as it lives
 * @param setting.historySchema where the record of applied migrations is kept
 * @param setting.datamodel the text of `schema.prisma`
 */
export async function openSchemaEngine(
  setting: Readonly<{ pool: pg.Pool; historySchema: string; datamodel: string }>,
): Promise<SchemaEngine> {
  await instantiate()
  return bindings.SchemaEngine.new(
    { datamodels: [['schema.prisma', setting.datamodel]] },
    () => {}, // its log repeats whole scripts
    bindMigrationAwareSqlAdapterFactory(atomicScripts(new PrismaPg(setting.pool, { schema: setting.historySchema }))),
  )
}

let instantiated: Promise<void> | undefined

function instantiate(): Promise<void> {
  instantiated ??= (async () => {
    const file = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const bytes = await readFile(file.replace(/\.js$/, '.wasm'))
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': importsOfEngine() })
    bindings.__wbg_set_wasm(instance.exports)
    instance.exports.__wbindgen_start()
  })()
  return instantiated
}

/** It waits at most 10 s for the migration lock, and never clears that timer: it must not keep the process from its end. */
function importsOfEngine(): object {
  const imports = Object.entries(bindings).map(([name, binding]) => {
    if (!name.startsWith('__wbg_setTimeout_')) return [name, binding] as const
    const setTimer = binding as (...args: unknown[]) => NodeJS.Timeout
    return [name, (...args: unknown[]) => setTimer(...args).unref()] as const
  })
  return Object.fromEntries(imports)
}

/**
 * The adapter cuts a script at every semicolon and sends the pieces one by one: one inside a comment breaks it, and a
 * failure half way leaves half a schema. Sent whole, as the native engine does, a script is one transaction; and with it, as
 * that one does not, the record that it is applied: a process that dies between the two leaves neither or both.
 */
function atomicScripts(factory: PrismaPg): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connectToShadowDb: () => factory.connectToShadowDb(),
    connect: async () => {
      const adapter = await factory.connect()
      adapter.executeScript = async (script) => {
        await adapter.underlyingDriver().query(`${script}\n;${RECORD_APPLIED}`).catch(rethrowForEngine)
      }
      return adapter
    },
  }
}

/** Of the script that has begun. Once it is over, the engine records the same, and how many steps it had. */
const RECORD_APPLIED = `
  UPDATE _prisma_migrations SET finished_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL`

function rethrowForEngine(error: pg.DatabaseError): never {
  const { code = '', severity = '', message, detail, column, hint } = error
  throw new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint })
}
