import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { SKIP_REASONS, type SkipReason } from '../../src/domain/reasons.ts'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany, insertWarnedCrowd } from '../support/company.ts'
import { urlAs } from '../support/database.ts'

/** The document of `docs/json.md`, with nothing else in it. */
const documentSchema = z.strictObject({
  asOf: z.iso.datetime(),
  held: z.strictObject({ reason: z.string() }).nullable(),
  firstSweep: z
    .strictObject({
      warnings: z.int(),
      finalNotices: z.int(),
      addresses: z.int(),
      pastEarlierStages: z.int(),
      olderExpiries: z.int(),
      expiredWithin: z.string(),
    })
    .nullable(),
  emails: z.array(
    z.strictObject({
      to: z.string(),
      account: z.string(),
      contact: z.string(),
      category: z.enum(['warning', 'expired']),
      locale: z.string(),
      timeZone: z.string(),
      grants: z.array(
        z.strictObject({
          id: z.string(),
          stage: z.string(),
          expiresAt: z.iso.datetime(),
          unit: z.string(),
          remaining: z.string(),
        }),
      ),
    }),
  ),
  skipped: z.array(
    z.strictObject({
      grant: z.string(),
      account: z.string(),
      reason: z.enum(Object.keys(SKIP_REASONS) as [SkipReason]),
      detail: z.string().optional(),
    }),
  ),
  faults: z.array(z.strictObject({ row: z.string(), fault: z.string() })),
})

const dryRun = async (company: Company, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
  const { SMTP_URL: _without, ...rest } = company.env
  const result = await runCli(['dry-run', '--as-of', AS_OF, ...args], { ...rest, ...env })
  expect(result.code, result.stderr).toBe(0)
  return result
}

const dryRunJson = async (company: Company, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  documentSchema.parse(JSON.parse((await dryRun(company, ['--format', 'json', ...args], env)).stdout))

describe('dry-run', () => {
  let company: Company
  beforeAll(async () => {
    company = await foundCompany()
    const { sql } = company.database
    await insertAccount(sql, { id: 'acc_1', name: 'Acme', timeZone: 'Europe/Berlin' })
    await insertAccount(sql, { id: 'acc_2', name: '\u001b[31mRed\r\nHat', timeZone: 'Mars/Olympus' })
    await insertContact(sql, { id: 'ana' })
    await insertContact(sql, { id: 'bob' })
    await insertContact(sql, { id: 'eve', accountId: 'acc_2' })
    await insertGrant(sql, { id: 'cg_week', expiresAt: '2026-05-30T12:00:00Z', remaining: '18.50' })
    await insertGrant(sql, { id: 'cg_euro', expiresAt: '2026-05-29T12:00:00Z', unit: 'EUR', remaining: '7' })
    await insertGrant(sql, { id: 'cg_gone', expiresAt: '2026-05-24T12:00:00Z', kind: 'promotional' })
    await insertGrant(sql, { id: 'cg_spent', expiresAt: '2026-05-30T12:00:00Z', remaining: '0' })
    await insertGrant(sql, { id: 'cg_void', expiresAt: '2026-05-30T12:00:00Z', voidedAt: '2026-02-01T00:00:00Z' })
    await insertGrant(sql, { id: 'cg_bad', expiresAt: '2026-05-30T12:00:00Z', remaining: 'NaN' })
    await insertGrant(sql, { id: 'cg_2', accountId: 'acc_2', expiresAt: '2026-05-30T12:00:00Z', remaining: '1.50' })
  })
  afterAll(() => company[Symbol.asyncDispose]())

  test('When asked for JSON, it prints exactly the documented document, without a mail server to its name', async () => {
    const { stdout, stderr } = await dryRun(company, ['--format', 'json'])
    const document = documentSchema.parse(JSON.parse(stdout))
    expect(document).toMatchObject({ asOf: '2026-05-25T12:00:00.000Z', held: null })
    expect(document.emails.map(({ to, category, grants }) => [to, category, grants.map(({ id }) => id)])).toEqual([
      ['ana@example.com', 'warning', ['cg_euro', 'cg_week']],
      ['ana@example.com', 'expired', ['cg_gone']],
      ['bob@example.com', 'warning', ['cg_euro', 'cg_week']],
      ['bob@example.com', 'expired', ['cg_gone']],
      ['eve@example.com', 'warning', ['cg_2']],
    ])
    expect(document.emails[0]).toEqual({
      to: 'ana@example.com',
      account: 'acc_1',
      contact: 'ana',
      category: 'warning',
      locale: 'en',
      timeZone: 'Europe/Berlin',
      grants: [
        { id: 'cg_euro', stage: 'P7D', expiresAt: '2026-05-29T12:00:00.000Z', unit: 'EUR', remaining: '7' },
        { id: 'cg_week', stage: 'P7D', expiresAt: '2026-05-30T12:00:00.000Z', unit: 'USD', remaining: '18.50' },
      ],
    })
    expect(document.skipped.map(({ grant, reason }) => [grant, reason]).toSorted()).toEqual([
      ['cg_bad', 'invalid-row'],
      ['cg_spent', 'nothing-remaining'],
      ['cg_void', 'voided'],
    ])
    expect(document.faults).toEqual([{ row: 'account acc_2', fault: expect.stringContaining('Mars/Olympus') }])
    expect(stderr).toContain('cg_bad')
    expect(company.sink.connections.total()).toBe(0)
  })

  test('When a run follows, it sends what the dry run listed, and the dry run then lists nothing', async () => {
    await using other = await foundCompany()
    await insertWarnedCrowd(other, 4)
    const foreseen = await dryRunJson(other)
    expect(foreseen.emails).toHaveLength(4)
    expect((await runCli(['run', '--as-of', AS_OF], other.env)).code).toBe(0)
    expect(other.sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()).toEqual(
      foreseen.emails.map(({ to }) => to).toSorted(),
    )
    expect(await dryRunJson(other)).toMatchObject({ emails: [], skipped: Array(4).fill({ reason: 'already-told' }) })
  })

  test('When one account is asked for, only that one is there', async () => {
    const document = await dryRunJson(company, ['--account', 'acc_2'])
    expect(document.emails.map(({ account }) => account)).toEqual(['acc_2'])
    expect(document.skipped).toEqual([])
  })

  test('When a run would be held, it says so and why', async () => {
    await using careful = await foundCompany({ rules: { maxEmailsPerSweep: 2 } })
    await insertWarnedCrowd(careful, 3)
    const { held, emails } = await dryRunJson(careful)
    expect(held).toEqual({ reason: '3 mails planned, more than maxEmailsPerSweep (2)' })
    expect(emails).toHaveLength(3)
    expect((await dryRun(careful)).stdout).toContain('A run would hold all of it for approval: 3 mails planned')
  })

  test('When the ledger is new, it says what its first sweep would tell and leave alone; after that sweep, nothing of it', async () => {
    await using other = await foundCompany()
    await insertWarnedCrowd(other, 2)
    const { stdout } = await dryRun(other)
    expect(stdout).toContain('\nfirst sweep: 2 warnings and 0 final notices to 2 addresses\nleft alone: the earlier')
    // Of all accounts, whichever is asked for.
    expect((await dryRunJson(other, ['--account', 'many_acc_1'])).firstSweep).toMatchObject({ warnings: 2 })
    const run = await runCli(['run', '--as-of', AS_OF], other.env)
    expect(run.stdout).toContain(
      '  first sweep: 2 warnings and 0 final notices to 2 addresses\n  left alone: the earlier',
    )
    expect((await dryRunJson(other)).firstSweep).toBeNull()
    const again = await runCli(['run', '--as-of', AS_OF], other.env)
    expect((await dryRun(other)).stdout + again.stdout).not.toMatch(/first sweep|left alone/)
  })

  test('When only some may be written to, dry run and run say so, and count who is withheld', async () => {
    await using trial = await foundCompany()
    await insertWarnedCrowd(trial, 3)
    const list = { ALLOWED_RECIPIENTS: 'many2@example.com,@example.org' }
    const words =
      'ALLOWED_RECIPIENTS is set: mail goes to 1 address and 1 domain only, and is withheld from everybody else\n'
    const { stdout, stderr } = await dryRun(trial, [], list)
    expect(stderr).toBe(words)
    expect(stdout).toMatch(/1 mail to 1 account.+ 2 {3}withheld {3}the address is not among ALLOWED_RECIPIENTS/s)
    const run = await runCli(['run', '--as-of', AS_OF], { ...trial.env, ...list })
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/ withheld: 2 grants\n.*delivered 1,/s) })
    expect(run.stderr).toContain(words)
    expect(trial.sink.mails.flatMap(({ envelope }) => envelope.to)).toEqual(['many2@example.com'])
  })

  test('When the role may only SELECT, in a database that refuses to write, it works and leaves no trace', async () => {
    const { url, sql } = company.database
    const role = `reader_${new URL(url).pathname.slice(1)}`
    await sql(`
      CREATE ROLE ${role} LOGIN PASSWORD 'reading';
      GRANT USAGE ON SCHEMA billing, reminders TO ${role};
      GRANT SELECT ON ALL TABLES IN SCHEMA billing, reminders TO ${role};
      ALTER ROLE ${role} SET default_transaction_read_only = on`)
    try {
      const document = await dryRunJson(company, [], { DATABASE_URL: urlAs(url, role, 'reading') })
      expect(document.emails).toHaveLength(5)
    } finally {
      await sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
    const written = `SELECT relname FROM pg_stat_user_tables
                      WHERE schemaname IN ('reminders', 'pgboss') AND n_tup_ins + n_tup_upd + n_tup_del > 0
                        AND relname IN ('sweeps', 'rule_sets', 'mails', 'notices', 'attempts', 'decisions', 'job_common')`
    expect(await sql(written)).toEqual([])
  })

  test('When printed for eyes into a pipe, it is grouped by account, totalled by unit, and without colour', async () => {
    const { stdout } = await dryRun(company)
    expect(stdout).not.toContain('\u001b')
    expect(stdout.trimEnd().split('\n')).toMatchInlineSnapshot(`
      [
        "Dry run as of 2026-05-25T12:00:00.000Z: 5 mails to 2 accounts. Nothing was sent.",
        "first sweep: 3 warnings and 2 final notices to 3 addresses",
        "left alone: the earlier stages of 4 grants, told by the latest alone",
        "",
        "Expiring: 3 mails",
        " account                to                stage   amount   credits     expiry",
        " Acme (acc_1)           ana@example.com   P7D      €7.00   purchased   until 14:00 GMT+2 on Friday, May 29, 2026",
        "                                          P7D     $18.50   purchased   until 14:00 GMT+2 on Saturday, May 30, 2026",
        " Acme (acc_1)           bob@example.com   P7D      €7.00   purchased   until 14:00 GMT+2 on Friday, May 29, 2026",
        "                                          P7D     $18.50   purchased   until 14:00 GMT+2 on Saturday, May 30, 2026",
        " �[31mRed Hat (acc_2)   eve@example.com   P7D      $1.50   purchased   until 12:00 UTC on Saturday, May 30, 2026",
        "  total €7.00 in 1 grant",
        "  total $20.00 in 2 grants",
        "",
        "Gone: 2 mails",
        " account        to                stage     amount   credits       expiry",
        " Acme (acc_1)   ana@example.com   expired   $18.00   promotional   until 14:00 GMT+2 on Sunday, May 24, 2026",
        " Acme (acc_1)   bob@example.com   expired   $18.00   promotional   until 14:00 GMT+2 on Sunday, May 24, 2026",
        "  total $18.00 in 1 grant",
        "",
        "Skipped: 3 grants; --format json names each",
        " 1   invalid-row         a value of the grant cannot be understood",
        " 1   nothing-remaining   nothing is left to lose",
        " 1   voided              the grant was voided",
      ]
    `)
  })

  test.each(['1900-01-01T00:00:00Z', '9000-12-31T23:59:59Z'])('When the time is %s, it answers', async (instant) => {
    await using other = await foundCompany({
      rules: { policies: { default: { validity: 'P100Y', warnBefore: ['P100Y'] } } },
    })
    await insertAccount(other.database.sql)
    await insertGrant(other.database.sql, { expiresAt: null })
    const { code, stderr } = await runCli(['dry-run', '--as-of', instant], other.env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('When a grant has no id, the line about it names the account', async () => {
    await using other = await foundCompany()
    await insertAccount(other.database.sql)
    await insertContact(other.database.sql)
    await insertGrant(other.database.sql, { id: '', expiresAt: '2026-05-30T12:00:00Z' })
    expect((await dryRun(other)).stderr).toBe('a grant of account acc_1: id is empty; skipped\n')
  })

  test('When there is nothing to tell, it says so', async () => {
    await using empty = await foundCompany()
    const { stdout } = await dryRun(empty)
    expect(stdout).toContain('0 mails to 0 accounts. Nothing was sent.')
    expect(stdout).toContain('Skipped: no grant.')
  })
})
