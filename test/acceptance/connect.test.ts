import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageFolder } from '../../src/paths.ts'
import { AS_OF } from '../support/company.ts'
import { urlAs } from '../support/database.ts'
import { diagnose, of, states, troubles } from '../support/doctor.ts'
import { type Foreseen, openProgram, type Program } from '../support/program.ts'

/** Examples of docs/connect.md, and what a dry run at `AS_OF` must say of the rows in `connect/*.sql`. */
const EXAMPLES = [
  {
    name: 'plain',
    mails: [
      'owner@alder.example warning de Europe/Berlin: 00000000-0000-4000-8000-000000000001 P7D 18.00 EUR',
      'bills@alder.example warning en Europe/Berlin: 00000000-0000-4000-8000-000000000001 P7D 18.00 EUR',
      'bo@birch.example expired en UTC: 00000000-0000-4000-8000-000000000005 expired 7.50 USD',
    ],
    skipped: {
      '00000000-0000-4000-8000-000000000002': 'nothing-remaining',
      '00000000-0000-4000-8000-000000000003': 'voided',
      '00000000-0000-4000-8000-000000000006': 'account-closed',
      '00000000-0000-4000-8000-000000000007': 'no-billing-contact',
    },
    base: 'public.credits',
  },
  {
    name: 'lago',
    mails: [
      'ana@alder.example warning fr Europe/Paris: b0000000-0000-4000-8000-000000000001 P7D 17.50 EUR, b0000000-0000-4000-8000-000000000002 P7D 5.00 EUR',
      'bills@alder.example warning fr Europe/Paris: b0000000-0000-4000-8000-000000000001 P7D 17.50 EUR, b0000000-0000-4000-8000-000000000002 P7D 5.00 EUR',
      'bo@birch.example warning en America/New_York: a0000000-0000-4000-8000-000000000002 P7D 12.0000000000 USD',
      'el@elm.example expired en Asia/Tokyo: b0000000-0000-4000-8000-000000000007 expired 3000 JPY',
    ],
    skipped: {
      'a0000000-0000-4000-8000-000000000003': 'voided',
      'a0000000-0000-4000-8000-000000000004': 'account-closed',
      'a0000000-0000-4000-8000-000000000005': 'no-contact',
      'a0000000-0000-4000-8000-000000000008': 'nothing-remaining',
    },
    base: 'public.wallets',
  },
  {
    name: 'openmeter',
    mails: [
      'ana@alder.example warning de Europe/Berlin: 01JGRAN0000000000000000011 P7D 640.5 tokens',
      'bo@birch.example warning en UTC: 01JGRAN0000000000000000021 P7D 250 tokens',
      'bo@birch.example expired en UTC: 01JGRAN0000000000000000022 expired 120 tokens',
    ],
    skipped: {
      '01JGRAN0000000000000000012': 'nothing-remaining',
      '01JGRAN0000000000000000013': 'voided',
      '01JGRAN0000000000000000031': 'account-closed',
      '01JGRAN0000000000000000041': 'no-contact',
      '01JGRAN0000000000000000051': 'voided',
    },
    base: 'public.grants',
  },
  {
    name: 'stripe',
    after: 'stripe-transactions',
    mails: [
      'ana@alder.example warning fr Europe/Paris: credgr_1 P7D 18.00 EUR, credgr_2 P7D 3200 JPY',
      'bo@birch.example expired en UTC: credgr_6 expired 20.00 USD',
    ],
    skipped: {
      credgr_3: 'voided',
      credgr_7: 'nothing-remaining',
      credgr_8: 'account-closed',
      credgr_9: 'no-contact',
    },
    base: 'stripe.billing_credit_grant',
  },
] as const

type Connected = Readonly<{
  program: Program
  env: Readonly<{ DATABASE_URL: string }>
  run: (file: string) => Promise<void>
}>

/** A company whose `billing` is what an example makes of its tables, and the environment of the documents' role. */
async function connect(example: { name: string; after?: string }): Promise<Connected & AsyncDisposable> {
  const program = await openProgram()
  const { sql, url } = program.database
  // Roles are the server's, and other tests make them too.
  const suffix = randomUUID().replaceAll('-', '')
  const run = async (file: string) => {
    const text = await readFile(join(packageFolder, file), 'utf8')
    await sql(text.replaceAll(/\b(billing_views|reminders_app)\b/g, `$1_${suffix}`))
  }
  await sql('DROP SCHEMA billing CASCADE')
  await run(`test/acceptance/connect/${example.name}.sql`)
  await run(`docs/connect/${example.name}.sql`)
  // Once more, as somebody does who has changed something; the roles may also be there from another database.
  await run(`docs/connect/${example.name}.sql`)
  if (example.after !== undefined) await run(`test/acceptance/connect/${example.after}.sql`)
  await run('docs/connect/role.sql')
  await run('docs/connect/role.sql')
  const env = { DATABASE_URL: urlAs(url, `reminders_app_${suffix}`, 'change-me') }
  return { program, env, run, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

function inLines({ emails }: Foreseen): readonly string[] {
  return emails.map(({ to, category, locale, timeZone, grants }) => {
    const lines = grants.map(({ id, stage, remaining, unit }) => `${id} ${stage} ${remaining} ${unit}`)
    return `${to} ${category} ${locale} ${timeZone}: ${lines.join(', ')}`
  })
}

describe.each(EXAMPLES)('the example $name', (example) => {
  test('tells whom it should and why not the others, under a role that can write nothing of billing', async () => {
    await using connected = await connect(example)
    const { program, env } = connected

    expect(troubles(await diagnose({ ...program.env, ...env }))).toEqual([])

    const foreseen = await program.dryRunAt(AS_OF, env)
    expect(inLines(foreseen).toSorted()).toEqual(example.mails.toSorted())
    expect(Object.fromEntries(foreseen.skipped.map(({ grant, reason }) => [grant, reason]))).toEqual(example.skipped)

    const role = new URL(env.DATABASE_URL).username
    for (const statement of [
      'UPDATE billing.credit_grants SET name = NULL',
      'DELETE FROM billing.accounts',
      `SELECT * FROM ${example.base}`,
      `DELETE FROM ${example.base}`,
      'DELETE FROM reminders.mails',
      'CREATE TABLE billing.mine ()',
    ]) {
      // Of a view that Postgres can write through it asks for the right; of others it says that there is no way.
      await expect(program.database.sql(`SET ROLE ${role}; ${statement}`), statement).rejects.toThrow(
        /permission denied|^cannot (?:update|delete from) view|can only be updated to DEFAULT/,
      )
    }
  })
})

test('row-level security beneath the views, which would hide rows from everybody, is a warning until their owner is above it', async () => {
  await using connected = await connect(EXAMPLES[0])
  const { program, env } = connected
  const { sql } = program.database
  await sql('ALTER TABLE credits ENABLE ROW LEVEL SECURITY')
  const found = of('rights', troubles(await diagnose({ ...program.env, ...env })))
  expect(found).toMatchObject([
    {
      check: 'rights',
      state: 'warning',
      found: expect.stringMatching(
        /^row-level security decides which rows of credits role billing_views_\w+, who owns billing\.credit_grants, sees/,
      ),
    },
  ])
  expect((await program.dryRunAt(AS_OF, env)).emails).toEqual([])
  await sql(found[0]?.advice?.replace(/^.* or /, '') ?? '')
  expect(troubles(await diagnose({ ...program.env, ...env }))).toEqual([])
  expect(inLines(await program.dryRunAt(AS_OF, env)).toSorted()).toEqual(EXAMPLES[0].mails.toSorted())
})

test('the copy of a view whose expiry no index can serve takes its place, and tells the same', async () => {
  await using connected = await connect(EXAMPLES[0])
  const { program, env, run } = connected
  await program.database.sql('DROP INDEX credits_expiry')
  expect(states(troubles(await diagnose({ ...program.env, ...env })))).toEqual(['indexes: warning'])
  await run('docs/connect/copy.sql')
  const role = new URL(env.DATABASE_URL).username
  await program.database.sql(`GRANT SELECT ON ALL TABLES IN SCHEMA billing TO ${role}`)
  expect(troubles(await diagnose({ ...program.env, ...env }))).toEqual([])
  expect(inLines(await program.dryRunAt(AS_OF, env)).toSorted()).toEqual(EXAMPLES[0].mails.toSorted())
})

test('the role of docs/connect has the rights of the role of docs/operations.md, and no others', async () => {
  const grantsOf = (text: string) => text.split('\n').filter((line) => line.startsWith('GRANT '))
  const [role, operations] = await Promise.all(
    ['docs/connect/role.sql', 'docs/operations.md'].map((file) => readFile(join(packageFolder, file), 'utf8')),
  )
  expect(grantsOf(role ?? '')).toEqual(grantsOf(operations ?? ''))
})
