import { defineConfig } from 'prisma/config'

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  experimental: { externalTables: true },
  // Relations that the company owns: read, never migrated.
  tables: { external: ['billing.accounts', 'billing.contacts', 'billing.credit_grants'] },
  datasource: { url: process.env.DATABASE_URL ?? '' },
})
