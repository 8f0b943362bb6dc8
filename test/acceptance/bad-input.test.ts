import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { type CliResult, notesOf, runCli } from '../support/cli.ts'
import { AS_OF, foundCompany, insertWarnedCrowd, SECRETS } from '../support/company.ts'
import { urlAs } from '../support/database.ts'

/** Nothing listens on port 1. */
const NOBODY = '127.0.0.1:1'

const READING = [['dry-run'], ['explain', 'cg_1'], ['sweeps']]
const SENDING = [['run'], ['start']]

/** The lines of a command that refuses, each for a person: no stack, no secret, nothing on stdout. */
function faultsOf({ stdout, stderr }: CliResult): readonly string[] {
  expect(stdout).toBe('')
  expect(stderr).not.toMatch(/^ {4}at /m)
  expect(stderr).not.toContain('internal fault')
  for (const secret of Object.values(SECRETS)) expect(stderr).not.toContain(secret)
  return stderr.trimEnd().split('\n')
}

describe('a database that is not ready', async () => {
  const bare = await foundCompany({ bare: true })
  const company = await foundCompany()
  afterAll(async () => {
    await Promise.all([bare[Symbol.asyncDispose](), company[Symbol.asyncDispose]()])
  })

  test('When it is not migrated, every command says so in one line, and what to run', async () => {
    const commands = [...READING, ...SENDING, ['approve', 'x'], ['discard', 'x']]
    const results = await Promise.all(commands.map((command) => runCli(command, bare.env)))
    for (const [index, result] of results.entries()) {
      expect(result.code, commands[index]?.join(' ')).toBe(3)
      expect(faultsOf(result)).toEqual([
        expect.stringMatching(/^the database is not migrated \(.+\): run credit-reminders migrate$/),
      ])
    }
  })

  test('When it is down, every command says so in one line, without the password', async () => {
    // The mode of TLS is one that the driver by itself warns of at length.
    const env = { ...company.env, DATABASE_URL: `postgresql://app:${SECRETS.link}@${NOBODY}/billing?sslmode=require` }
    // The service waits for it: see database-outages.test.ts.
    const commands = [...READING, ['run'], ['migrate'], ['approve', 'x']]
    const results = await Promise.all(commands.map((command) => runCli(command, env)))
    for (const [index, result] of results.entries()) {
      expect(result.code, commands[index]?.join(' ')).toBe(3)
      expect(faultsOf(result)).toEqual([
        expect.stringMatching(
          /^the database cannot be reached: .*127\.0\.0\.1:1; start it, or set DATABASE_URL right$/,
        ),
      ])
    }
  })

  test.each([
    ['credit_grants', 'DROP TABLE billing.credit_grants', ['there is no table or view billing.credit_grants']],
    ['contacts', 'DROP TABLE billing.contacts', ['there is no table or view billing.contacts']],
    [
      'columns',
      'ALTER TABLE billing.accounts DROP time_zone; ALTER TABLE billing.credit_grants DROP voided_at',
      ['billing.accounts has no column time_zone', 'billing.credit_grants has no column voided_at'],
    ],
    [
      'a right type',
      'ALTER TABLE billing.credit_grants ALTER remaining TYPE real',
      ['billing.credit_grants.remaining is real, and must be numeric'],
    ],
  ])('When billing lacks %s, lines name it, though nothing is due', async (_what, statement, words) => {
    await using lacking = await foundCompany()
    await lacking.database.sql(statement)
    const commands = [['run'], ['dry-run']]
    const results = await Promise.all(commands.map((command) => runCli([...command, '--as-of', AS_OF], lacking.env)))
    for (const result of results) {
      expect(result.code).toBe(3)
      expect(faultsOf(result)).toEqual(words.map((line) => `${line}; credit-reminders doctor tells more`))
    }
    expect(await lacking.database.sql('SELECT 1 FROM reminders.sweeps')).toEqual([])
  })

  test('When billing lacks only what is optional, it runs', async () => {
    await using lacking = await foundCompany()
    await lacking.database.sql('DROP TABLE billing.credit_usage')
    expect(await runCli(['run', '--as-of', AS_OF], lacking.env)).toMatchObject({ code: 0 })
  })

  test('When the role lacks rights, run and start end with the statements that grant them, which are enough', async () => {
    const role = `role_${randomUUID().replaceAll('-', '')}`
    const { sql, url } = company.database
    await sql(`CREATE ROLE ${role} LOGIN PASSWORD 'role'; GRANT SELECT ON public._prisma_migrations TO ${role};
      GRANT SELECT ON ALL TABLES IN SCHEMA reminders TO ${role}; GRANT USAGE ON SCHEMA pgboss TO ${role}`)
    const env = { ...company.env, DATABASE_URL: urlAs(url, role, 'role') }
    const [run, start] = await Promise.all(SENDING.map((command) => runCli(command, env)))
    const faults = run === undefined ? [] : faultsOf(run)
    expect(run?.code).toBe(3)
    expect(start).toEqual(run)
    expect(faults).toEqual([
      expect.stringContaining(
        `the database role ${role} may not read billing.accounts, billing.contacts, billing.credit_g`,
      ),
      expect.stringContaining(`the database role ${role} lacks USAGE on schema reminders, `),
      expect.stringContaining(`GRANT DELETE ON ALL TABLES IN SCHEMA pgboss TO ${role}`),
    ])
    await sql(faults.map((line) => line.slice(line.indexOf('GRANT'))).join(';'))
    expect(await runCli(['run', '--as-of', AS_OF], env)).toMatchObject({ code: 0 })
  })
})

describe('a mail server that is down', () => {
  test('When run finds nobody there, it ends with 3 and loses nothing; the next run sends', async () => {
    await using company = await foundCompany()
    await insertWarnedCrowd(company, 3)
    const env = { ...company.env, SMTP_URL: `smtp://app:${SECRETS.link}@${NOBODY}` }
    const down = await runCli(['run', '--as-of', AS_OF], { ...env, LOG_LEVEL: 'silent' })
    expect(down.code).toBe(3)
    expect(notesOf(down)).toMatch(
      /^the mail server cannot be reached \(.*ECONNREFUSED.*\); waiting for the next run: 3 mails\n$/,
    )
    const attempts = await company.database.sql('SELECT state, attempts FROM reminders.mails')
    expect(attempts).toEqual(Array(3).fill({ state: 'queued', attempts: 0 }))

    expect((await runCli(['run', '--as-of', AS_OF], company.env)).code).toBe(0)
    expect(company.sink.mails).toHaveLength(3)
  })
})

describe('settings that are wrong', async () => {
  const company = await foundCompany()
  afterAll(() => company[Symbol.asyncDispose]())

  test('When the rules have several faults, each has a line with its place', async () => {
    const file = String(company.env.CREDIT_REMINDERS_CONFIG)
    const before = company.env
    await writeFile(
      `${file}.bad`,
      'timeZone: Mars/Olympus\nsendat: "09:00"\nschedule: every morning\npolicies:\n  default: { warnBefor: [P7D] }\n',
    )
    const env = { ...before, CREDIT_REMINDERS_CONFIG: `${file}.bad` }
    const results = await Promise.all([...READING.slice(0, 2), ...SENDING].map((command) => runCli(command, env)))
    for (const result of results) {
      expect(result.code).toBe(2)
      expect(faultsOf(result).map((line) => line.replace(`${file}.bad`, 'rules.yaml'))).toEqual([
        'rules.yaml:1:11: timeZone: "Mars/Olympus" is no IANA time zone; write a name such as Europe/Berlin or UTC',
        'rules.yaml:2:1: sendat: unknown setting (did you mean sendAt?)',
        'rules.yaml:3:11: schedule: "every morning" is no cron expression such as "*/15 * * * *"',
        'rules.yaml:5:14: policies.default.warnBefor: unknown setting (did you mean warnBefore?)',
      ])
    }
  })

  test('When the environment has several faults, each has a line, and no value is repeated', async () => {
    const env = {
      DATABASE_URL: `mysql://${SECRETS.link}`,
      SMTP_URL: SECRETS.link,
      MAIL_FROM: 'nobody',
      HTTP_PORT: '70000',
      LINK_SECRET: 'short',
      LOG_LEVEL: 'loud',
    }
    for (const result of await Promise.all(SENDING.map((command) => runCli(command, env)))) {
      expect(result.code).toBe(2)
      const faults = faultsOf(result)
      expect(faults.map((line) => line.split(' ')[0]).toSorted()).toEqual([
        'DATABASE_URL',
        'HTTP_PORT',
        'LINK_SECRET',
        'LOG_LEVEL',
        'MAIL_FROM',
        'PUBLIC_URL',
        'SMTP_URL',
      ])
      expect(faults).toContainEqual(expect.stringMatching(/^PUBLIC_URL is not set: /))
    }
  })

  test('When what was typed or set holds escape sequences, none reaches the terminal', async () => {
    const file = `${company.env.CREDIT_REMINDERS_CONFIG}.red`
    await writeFile(file, 'locale: "e\\e[31mred"\n')
    const results = await Promise.all([
      ...[['explain', 'no\u001b[31mpe'], ['no\u001b[31mpe'], ['dry-run', '--no\u001b[31mpe']].map((args) =>
        runCli(args, company.env),
      ),
      runCli(['dry-run'], { ...company.env, CREDIT_REMINDERS_CONFIG: file }),
    ])
    for (const result of results) {
      expect(result.code).toBe(2)
      expect(faultsOf(result).join()).toContain('\ufffd[31m')
      expect(result.stderr).not.toContain('\u001b')
    }
  })

  test('When run is to act at another time and nobody allowed it, it refuses', async () => {
    const env = { ...company.env, CREDIT_REMINDERS_ALLOW_AS_OF: undefined }
    const result = await runCli(['run', '--as-of', AS_OF], env)
    expect(result.code).toBe(2)
    expect(faultsOf(result)).toEqual([expect.stringContaining('CREDIT_REMINDERS_ALLOW_AS_OF=1')])
    expect(await company.database.sql('SELECT 1 FROM reminders.sweeps')).toEqual([])
  })

  test.each([
    [['dryrun'], "error: unknown command 'dryrun'", '(Did you mean dry-run?)'],
    [['dry-run', '--as-off', AS_OF], "error: unknown option '--as-off'", '(Did you mean --as-of?)'],
    [['dry-run', '--format', 'xml'], "error: option '--format <format>' argument 'xml' is invalid", 'table, json'],
    [['dry-run', '--as-of', '2026-05-25'], '--as-of 2026-05-25 has no zone', '2026-05-25T09:00:00Z'],
    [['help', 'rnu'], 'no command rnu', 'credit-reminders --help'],
    [['explain'], 'there is nothing to explain', '--account ID or --email ADDRESS'],
    [['explain', 'cg_1', '--account', 'acc_1'], 'only one thing is explained at a time', 'only one of them'],
    [['explain', '--email', 'ana'], '--email is no mail address', 'such as ana@example.com'],
    [
      ['explain', '--account', 'acc_unknown'],
      'there is no account acc_unknown in billing.accounts',
      'look its id up there',
    ],
    [['run', 'now'], "error: too many arguments for 'run'", '(credit-reminders run --help shows how)'],
    [['dry-run', '--as-of', '0001-01-01T00:00Z'], '--as-of 0001-01-01T00:00Z is not within', '1900 to 9000'],
    [['explain', 'cg_unknown'], 'there is no credit grant cg_unknown in billing.credit_grants', 'look its id up there'],
  ])('When the arguments are %j, the program says what is wrong', async (args, words, advice) => {
    const result = await runCli(args, company.env)
    expect(result.code).toBe(2)
    const text = faultsOf(result).join('\n')
    expect(text).toContain(words)
    expect(text).toContain(advice)
  })
})
