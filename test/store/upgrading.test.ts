import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { prismaFolder } from '../../src/paths.ts'
import { migrate } from '../../src/store/migrate.ts'
import { migrationNames } from '../../src/store/migration-list.ts'
import { AS_OF, insertWarnedCrowd } from '../support/company.ts'
import { testDatabase } from '../support/database.ts'
import { lostBetween, readLedgerShape } from '../support/ledger-shape.ts'
import { openProgram } from '../support/program.ts'

/** The migrations up to this one are the ledger's beginning: no version is run that lacks one of them. */
const BEGINNING = '20261126000000_preferences_and_corrections'

const NARROWER = [
  ['ALTER TABLE reminders.mails DROP COLUMN locale', 'mails.locale is gone'],
  ['ALTER TABLE reminders.mails RENAME COLUMN time_zone TO zone', 'mails.time_zone is gone'],
  ['ALTER TABLE reminders.mails ALTER COLUMN reason TYPE varchar(20)', 'mails.reason is varchar, and was text'],
  ['ALTER TABLE reminders.mails ADD COLUMN region text NOT NULL', 'mails.region must be given'],
  ['ALTER TABLE reminders.mails ALTER COLUMN reason SET NOT NULL', 'mails.reason must be given'],
  ['CREATE UNIQUE INDEX one_a_day ON reminders.mails (to_address)', 'reminders.mails: reminders.one_a_day is new'],
  [`ALTER TABLE reminders.mails ADD CHECK (to_address <> '')`, 'reminders.mails: mails_to_address_check is new'],
  [
    `ALTER TABLE reminders.suppressions DROP CONSTRAINT suppressions_scope_check,
       ADD CONSTRAINT suppressions_scope_check CHECK (scope IN ('all'))`,
    'suppressions_scope_check was',
  ],
  ['ALTER TABLE reminders.sweeps RENAME TO runs', 'sweeps.id is gone'],
] as const

describe('a version works with the tables of the one after it', () => {
  test('because each migration leaves what the version before reads and writes', async () => {
    await using database = await testDatabase({ bare: true })
    let before = await readLedgerShape(database)
    for (const name of await migrationNames()) {
      await database.sql(await readFile(join(prismaFolder, 'migrations', name, 'migration.sql'), 'utf8'))
      const after = await readLedgerShape(database)
      if (name > BEGINNING) expect({ name, lost: lostBetween(before, after) }).toEqual({ name, lost: [] })
      before = after
    }
    expect(before.columns.size).toBeGreaterThan(50)
  })

  test('as no migration would that takes something away, or asks for more', async () => {
    await using database = await testDatabase()
    let before = await readLedgerShape(database)
    for (const [change, lost] of NARROWER) {
      await database.sql(change)
      const after = await readLedgerShape(database)
      expect(lostBetween(before, after).join('\n'), change).toContain(lost)
      before = after
    }
  })

  test('so that this one runs, and migrates nothing, where a later one has migrated', async () => {
    await using program = await openProgram()
    const { sql, url } = program.database
    await insertWarnedCrowd(program, 3)
    await sql(`
      CREATE TABLE reminders.later (id int PRIMARY KEY);
      ALTER TABLE reminders.mails ADD COLUMN later text;
      ALTER TABLE reminders.notices ADD COLUMN later int NOT NULL DEFAULT 1;
      INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
        VALUES (gen_random_uuid(), repeat('0', 64), '20990101000000_later', now(), 1)`)
    expect(await migrate({ url, withBilling: false })).toEqual({ billing: [], ledger: [], queue: [] })
    expect((await program.dryRunAt(AS_OF)).emails).toHaveLength(3)
    expect(await program.runAt(AS_OF)).toMatchObject({ delivered: { sent: 3 } })
  })

  test('and where it brought a queue of its own, the ledger hands out again what the old one held', async () => {
    await using program = await openProgram({ rules: { maxEmailsPerSweep: 0 } })
    const { sql, url } = program.database
    await insertWarnedCrowd(program, 3)
    const { sweep } = await program.runAt(AS_OF, { id: 'held' })
    await program.approve('held')
    expect(sweep).not.toBeNull()
    // As docs/upgrading.md says.
    await sql('DROP SCHEMA pgboss CASCADE')
    expect((await migrate({ url, withBilling: false })).queue[0]).toMatch(/^schema pgboss/)
    expect(await program.runAt(AS_OF)).toMatchObject({ delivered: { sent: 3 } })
  })
})
