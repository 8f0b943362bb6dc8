import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/store/migrate.ts'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's own database, in which others are created. */
    postgresUrl: string
    /** Migrated, with the starter billing schema, and never connected to: databases are cloned from it. */
    templateDatabase: string
  }
}

/** One PostgreSQL for the whole run, with one migrated template. Vitest ends it, also on Ctrl-C. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  const template = 'template_migrated'
  const client = new pg.Client(server.url('postgres'))
  await client.connect()
  await client.query(`CREATE DATABASE ${template}`)
  await client.end()
  await migrate({ url: server.url(template), withBilling: true })
  project.provide('postgresUrl', server.url('postgres'))
  project.provide('templateDatabase', template)
  return () => server.stop()
}
