import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { examine } from '../../src/jobs/doctor/examine.ts'
import type { Check, Finding } from '../../src/jobs/doctor/finding.ts'
import { packageFolder, templatesFolder } from '../../src/paths.ts'
import { type Company, foundCompany, SECRETS } from '../support/company.ts'
import { urlAs, urlWith } from '../support/database.ts'
import { ownFolderWith } from '../support/own-folder.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'

type Env = Readonly<Record<string, string | undefined>>
type Setting = Partial<Parameters<typeof examine>[0]>

async function diagnose(variables: Env, setting: Setting = {}): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const all = { variables, templatesFolder, hostClock: () => new Date(), askDns: null, ...setting }
  for await (const finding of examine(all)) findings.push(finding)
  return findings
}

const of = (check: Check, findings: readonly Finding[]) => findings.filter((finding) => finding.check === check)
const troubles = (findings: readonly Finding[]) => findings.filter(({ state }) => state !== 'ok')
const states = (findings: readonly Finding[]) => [...new Set(findings.map(({ check, state }) => `${check}: ${state}`))]

const EVERY_CHECK_FINE = [
  ...['environment: ok', 'rules: ok', 'templates: ok', 'database: ok', 'clock: ok', 'migrations: ok', 'queue: ok'],
  ...['billing: ok', 'rights: ok', 'indexes: ok', 'mail-server: ok'],
]

test('When all is well, every check says so and nothing was sent or written', async () => {
  await using company = await foundCompany()
  const findings = await diagnose(company.env)
  expect(states(findings)).toEqual(EVERY_CHECK_FINE)
  expect(of('database', findings)[0]?.found).toMatch(/^PostgreSQL 18\.\d+, database test_\w+, role postgres$/)
  expect(of('mail-server', findings)[0]?.found).toBe(`127.0.0.1:${company.sink.port} answers, no TLS, logged in`)
  expect(company.sink.mails).toEqual([])
  expect(JSON.stringify(findings)).not.toMatch(new RegExp(Object.values(SECRETS).join('|')))
})

describe('settings', () => {
  test('When several are wrong, each is named, and what does not need them is checked all the same', async () => {
    await using company = await foundCompany()
    const findings = await diagnose({ ...company.env, MAIL_FROM: 'nobody', LINK_SECRET: 'hunter2', PUBLIC_URL: '' })
    expect(of('environment', findings).map(({ found }) => found)).toEqual([
      'PUBLIC_URL is not set',
      expect.stringMatching(/^MAIL_FROM is no mail address/),
      expect.stringMatching(/^LINK_SECRET is shorter than 16 characters/),
    ])
    expect(JSON.stringify(findings)).not.toContain('hunter2')
    expect(troubles(findings)).toEqual(of('environment', findings))
    expect(troubles(findings).map(({ blame }) => blame)).toEqual(['setting', 'setting', 'setting'])
  })

  test('When DATABASE_URL and SMTP_URL are wrong, what needs them is not checked, and says so', async () => {
    const findings = await diagnose({ DATABASE_URL: 'mysql://x', SMTP_URL: 'mailto:x' })
    expect(states(findings).slice(3)).toEqual(
      ['database', 'clock', 'migrations', 'queue', 'billing', 'rights', 'indexes', 'mail-server'].map(
        (check) => `${check}: not-checked`,
      ),
    )
    expect(of('indexes', findings)[0]?.found).toBe('DATABASE_URL is not set right')
    expect(of('mail-server', findings)[0]?.found).toBe('SMTP_URL is not set right')
  })

  test('When only some may be written to, a warning says so, without a word of who', async () => {
    await using company = await foundCompany()
    const findings = await diagnose({ ...company.env, ALLOWED_RECIPIENTS: 'hunter@example.com' })
    expect(troubles(findings)).toMatchObject([
      { check: 'environment', state: 'warning', found: expect.stringContaining('mail goes to 1 address only') },
    ])
    expect(JSON.stringify(findings)).not.toContain('hunter')
  })

  test('When the rules have several faults, each is named with its place', async () => {
    await using company = await foundCompany({ rules: { sendat: '09:00', timeZone: 'Mars' } })
    const findings = await diagnose(company.env)
    expect(of('rules', findings).map(({ found }) => found)).toEqual([
      expect.stringMatching(/credit-reminders\.yaml:1:\d+: sendat: unknown setting \(did you mean sendAt\?\)$/),
      expect.stringMatching(/credit-reminders\.yaml:1:\d+: timeZone: "Mars" is no IANA time zone/),
    ])
    expect(of('indexes', findings)[0]).toMatchObject({ state: 'not-checked', found: expect.stringContaining('rules') })
    expect(states(troubles(findings))).toEqual(['rules: fault', 'indexes: not-checked'])
  })

  test('When there is no rules file, the defaults are said to hold', async () => {
    const [rules] = of('rules', await diagnose({}))
    expect(rules).toMatchObject({ state: 'ok', found: 'no credit-reminders.yaml here, so the defaults hold' })
  })

  test.each([
    [{ sendAt: '09:00', expiredWithin: 'P1D' }, 1],
    [{ sendAt: '09:00', expiredWithin: 'PT47H' }, 1],
    [{ sendAt: '09:00', expiredWithin: 'P2D' }, 0],
    [{ sendAt: 'anytime', expiredWithin: 'P1D' }, 0],
  ])('When the rules are %j, so many warnings speak of expiredWithin: %i', async (rules, count) => {
    await using company = await foundCompany({ rules })
    const warnings = of('rules', await diagnose({ CREDIT_REMINDERS_CONFIG: company.env.CREDIT_REMINDERS_CONFIG }))
    expect(warnings.filter(({ state, found }) => state === 'warning' && /^expiredWithin/.test(found))).toHaveLength(
      count,
    )
  })

  test('When there are no mails in the language of the rules, a warning says so', async () => {
    await using company = await foundCompany({ rules: { locale: 'tlh' } })
    const findings = of('rules', await diagnose({ CREDIT_REMINDERS_CONFIG: company.env.CREDIT_REMINDERS_CONFIG }))
    expect(findings).toContainEqual(
      expect.objectContaining({ state: 'warning', found: expect.stringMatching(/^locale is tlh/) }),
    )
  })
})

describe('templates', () => {
  test.each([
    ['names a value that does not exist', 'mail.txt.liquid', 'Dear {{ nobody }}', /mail\.txt\.liquid:1: .*nobody/],
    ['cannot be parsed', 'mail.txt.liquid', '{% if %', /mail\.txt\.liquid:1: /],
    ['lacks a phrase', 'locales/en.json', '{}', /en\.json: /],
    ['is no JSON', 'locales/en.json', '{', /en\.json: /],
    ['is missing', 'mail.txt.liquid', null, /ENOENT.*mail\.txt\.liquid/],
  ])('When one %s, it is named with its fault', async (_case, file, content, words) => {
    const folder = await mkdtemp(join(tmpdir(), 'templates-'))
    try {
      await cp(templatesFolder, folder, { recursive: true })
      await (content === null ? rm(join(folder, file)) : writeFile(join(folder, file), content))
      const [finding] = of('templates', await diagnose({}, { templatesFolder: folder }))
      expect(finding).toMatchObject({ state: 'fault', blame: 'setting', found: expect.stringMatching(words) })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('a company’s own templates', () => {
  const json = (value: unknown) => JSON.stringify(value, null, 2)
  const examineOwn = async (files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) => {
    const TEMPLATES_DIR = await ownFolderWith(files)
    const findings = of('templates', await diagnose({ TEMPLATES_DIR, ...env }))
    return findings.map(({ state, found }) => `${state}: ${found.replaceAll(`${TEMPLATES_DIR}/`, '')}`)
  }

  test('When all is well with them, they are named', async () => {
    const [, own, ...more] = await examineOwn({
      'theme.json': json({ colors: { accent: { light: '#7a1fa2' } } }),
      'locales/de.json': json({ stop: 'Keine Erinnerungen mehr' }),
    })
    expect(own).toMatch(/^ok: of the company's own, in \S+: theme\.json, locales\/de\.json$/)
    expect(more).toEqual([])
  })

  test('When they are at fault, each fault is one, with file and line', async () => {
    expect(await examineOwn({ 'theme.json': '{}', 'locales/en.json': json({ stop: 1, why: '{who}' }) })).toEqual([
      'fault: locales/en.json:3: the message "why" is not given {who}; it is given {account}, {sender}',
      'fault: locales/en.json:2: the message "stop" is no text',
    ])
  })

  test('When the folder is not there, that is the fault', async () => {
    expect(of('templates', await diagnose({ TEMPLATES_DIR: '/no/such' }))).toMatchObject([
      { state: 'fault', blame: 'setting', found: 'TEMPLATES_DIR names /no/such, which does not exist' },
    ])
  })

  test('When a colour is hard to read, a warning names the pair', async () => {
    const theme = { colors: { accent: { light: '#ffd400' }, soft: { dark: '#333333' } } }
    expect((await examineOwn({ 'theme.json': json(theme) })).slice(2)).toEqual([
      'warning: theme.json: accentText (#ffffff) on accent (#ffd400), in the light, has a contrast of 1.43 to 1',
      expect.stringMatching(/^warning: theme\.json: soft \(#333333\) on card \(#161b22\), in the dark, /),
      expect.stringMatching(/^warning: theme\.json: soft \(#333333\) on page \(#0d1117\), in the dark, /),
    ])
  })

  test('When phrases come out too long or too short, or lack a form, warnings say which', async () => {
    const phrases = {
      'warning.shortSubject': 'Dear customer, please do kindly note that credits will expire on {date}',
      'warning.subject': 'Dear customer, please do kindly note that {amount} will expire on {date}',
      'last.preheader': 'Soon.',
      'expired.preheader': `${'Gone. '.repeat(20)}{account}`,
      days: '{days, plural, one {# dzień} other {# dni}}',
    }
    const found = (await examineOwn({ 'locales/pl.json': json(phrases) })).slice(2)
    expect(found).toEqual([
      expect.stringMatching(
        /^warning: locales\/pl\.json:6: the message "days" lacks few, many in the plural of \{days\}$/,
      ),
      'warning: locales/pl.json: "warning.shortSubject" is longer than 60 characters, and is cut',
      'warning: locales/pl.json: "last.preheader" has 5 characters: below 40, mailboxes add what comes next',
      'warning: locales/pl.json: "expired.preheader" is longer than 100 characters, and is cut',
    ])
  })

  test('When a layout is long, a warning says how long the mails are', async () => {
    const layout = await readFile(join(templatesFolder, 'compiled/mail.ltr.html.liquid'), 'utf8')
    const own = { 'mail.ltr.html.liquid': layout.replace('<h1', `<p>${'as ever '.repeat(3000)}</p><h1`) }
    expect((await examineOwn(own)).slice(2)).toEqual([
      expect.stringMatching(
        /^warning: mail\.ltr\.html\.liquid: makes mails of 3\d KB, and of more where many credits expire$/,
      ),
    ])
  })

  test('When they link to where the mails do not, a warning names file, line and host', async () => {
    const text = await readFile(join(templatesFolder, 'mail.txt.liquid'), 'utf8')
    const own = { 'mail.txt.liquid': `${text}\nhttps://r.acme.example/terms\nhttps://social.example/acme\n` }
    const found = await examineOwn(own, { PUBLIC_URL: 'https://r.acme.example' })
    expect(found.slice(2)).toEqual([
      expect.stringMatching(
        /^warning: mail\.txt\.liquid:\d+: links to social\.example, which is the host neither of billingUrl nor of PUBLIC_URL$/,
      ),
    ])
  })
})

describe('the database', () => {
  test('When it is down, that is the one fault, and what needs it is not checked', async () => {
    await using company = await foundCompany()
    const findings = await diagnose({ ...company.env, DATABASE_URL: 'postgresql://app:hunter2@127.0.0.1:1/x' })
    expect(states(troubles(findings))).toEqual([
      'database: fault',
      ...['clock', 'migrations', 'queue', 'billing', 'rights', 'indexes'].map((check) => `${check}: not-checked`),
    ])
    expect(of('database', findings)[0]).toMatchObject({
      blame: 'dependency',
      found: expect.stringMatching(/^the database cannot be reached: /),
    })
    expect(JSON.stringify(findings)).not.toContain('hunter2')
  })

  test('When it speaks no TLS and the URL asks for it, the advice is about that', async () => {
    await using company = await foundCompany()
    const DATABASE_URL = urlWith(company.database.url, 'sslmode', 'require')
    expect(of('database', await diagnose({ ...company.env, DATABASE_URL }))).toMatchObject([
      { found: expect.stringMatching(/does not support SSL/), advice: expect.stringMatching(/sslmode=disable/) },
    ])
  })

  test('When it refuses the password, that is said without it', async () => {
    await using company = await foundCompany()
    const DATABASE_URL = urlAs(company.database.url, 'postgres', 'hunter2')
    const findings = of('database', await diagnose({ ...company.env, DATABASE_URL }))
    expect(findings[0]?.found).toMatch(/^the database refuses the connection: password authentication failed/)
    expect(JSON.stringify(findings)).not.toContain('hunter2')
  })

  test('When it was never migrated, the migrations are named, and what mends it', async () => {
    await using company = await foundCompany({ bare: true })
    const findings = await diagnose(company.env)
    expect(of('migrations', findings)[0]).toMatchObject({
      state: 'fault',
      blame: 'dependency',
      advice: 'run credit-reminders migrate',
      found: expect.stringMatching(/^not applied: \d+_ledger/),
    })
    expect(of('queue', findings)[0]).toMatchObject({ state: 'fault', advice: 'run credit-reminders migrate' })
    expect(of('billing', findings).map(({ found }) => found)).toEqual([
      'there is no table or view billing.accounts',
      'there is no table or view billing.contacts',
      'there is no table or view billing.credit_grants',
    ])
    expect(of('rights', findings).map(({ state }) => state)).toEqual(['not-checked', 'not-checked', 'not-checked'])
    expect(of('indexes', findings)[0]?.state).toBe('not-checked')
  })

  test('When a migration is missing, it is named', async () => {
    await using company = await foundCompany()
    await company.database.sql(
      `UPDATE _prisma_migrations SET migration_name = 'of another program' WHERE migration_name LIKE '%_ledger'`,
    )
    const [finding] = of('migrations', await diagnose(company.env))
    expect(finding).toMatchObject({ state: 'fault', found: expect.stringMatching(/^not applied: \d+_ledger$/) })
  })

  test('When a table of our own was dropped, it is named, and migrate is not said to mend it', async () => {
    await using company = await foundCompany()
    await company.database.sql('DROP TABLE reminders.suppressions')
    const [finding] = of('migrations', await diagnose(company.env))
    expect(finding).toMatchObject({
      state: 'fault',
      blame: 'dependency',
      found: 'all are applied, but there is no table reminders.suppressions',
      advice: expect.stringContaining('from a backup'),
    })
  })

  test.each([
    ['10 s ahead', 10_000, 'warning', /^this host is 10 s ahead of the database/],
    ['a day behind', -86_400_000, 'warning', /^this host is 86400 s behind the database/],
    ['a second off', 1000, 'ok', /agree/],
  ])('When the clock of the host is %s, the check says so', async (_case, offsetMs, state, words) => {
    await using company = await foundCompany()
    const hostClock = () => new Date(Date.now() + offsetMs)
    const [finding] = of('clock', await diagnose(company.env, { hostClock }))
    expect(finding).toMatchObject({ state, found: expect.stringMatching(words) })
  })
})

describe('the shape of billing', () => {
  test.each([
    ['a table is missing', 'DROP TABLE billing.contacts', 'there is no table or view billing.contacts'],
    [
      'a column is missing',
      'ALTER TABLE billing.credit_grants DROP COLUMN voided_at',
      'billing.credit_grants has no column voided_at',
    ],
    [
      'a column has another name',
      'ALTER TABLE billing.contacts RENAME account_id TO "accountId"',
      'billing.contacts has no column account_id (did you mean accountId?)',
    ],
    [
      'an id is a uuid',
      'ALTER TABLE billing.accounts ALTER id TYPE uuid USING NULL',
      'billing.accounts.id is uuid, and must be text',
    ],
    [
      'a kind is an enum',
      `CREATE TYPE kind AS ENUM ('purchased'); ALTER TABLE billing.credit_grants ALTER kind TYPE kind USING NULL`,
      'billing.credit_grants.kind is kind, and must be text',
    ],
    [
      'an amount is floating',
      'ALTER TABLE billing.credit_grants ALTER amount TYPE float8',
      'billing.credit_grants.amount is double precision, and must be numeric: floating point loses parts of an amount',
    ],
    [
      'an instant has no zone',
      'ALTER TABLE billing.credit_grants ALTER expires_at TYPE timestamp(3)',
      'billing.credit_grants.expires_at is timestamp(3) without time zone, and must be timestamptz: without a zone, the instant it means depends on who reads it',
    ],
    [
      'an instant is a day',
      'ALTER TABLE billing.credit_grants ALTER expires_at TYPE date',
      'billing.credit_grants.expires_at is date, and must be timestamptz',
    ],
    [
      'a flag is a number',
      'ALTER TABLE billing.contacts ALTER receives_billing_email DROP DEFAULT, ALTER receives_billing_email TYPE int USING 1',
      'billing.contacts.receives_billing_email is integer, and must be boolean',
    ],
  ])('When %s, it is named with what to do, and the search is not tried', async (_case, change, found) => {
    await using company = await foundCompany()
    await company.database.sql(change)
    const findings = await diagnose(company.env)
    expect(of('billing', findings)).toEqual([
      { check: 'billing', state: 'fault', blame: 'dependency', found, advice: expect.stringMatching(/view/) },
    ])
    expect(of('indexes', findings)[0]?.state).toBe('not-checked')
  })

  test('When several things are wrong, each is named', async () => {
    await using company = await foundCompany()
    await company.database.sql(`
      ALTER TABLE billing.accounts DROP COLUMN locale, DROP COLUMN closed_at;
      ALTER TABLE billing.credit_grants ALTER granted_at TYPE timestamp, DROP COLUMN unit`)
    expect(of('billing', await diagnose(company.env)).map(({ found }) => found)).toEqual([
      'billing.accounts has no column locale',
      'billing.accounts has no column closed_at',
      'billing.credit_grants has no column unit',
      expect.stringMatching(/^billing\.credit_grants\.granted_at is timestamp without time zone/),
    ])
  })

  test('When the optional usage is absent, that is fine; when it is wrong, that is a warning', async () => {
    await using company = await foundCompany()
    await company.database.sql('ALTER TABLE billing.credit_usage DROP COLUMN day')
    expect(of('billing', await diagnose(company.env))).toMatchObject([
      { state: 'warning', found: 'billing.credit_usage has no column day' },
    ])
    await company.database.sql('DROP TABLE billing.credit_usage')
    expect(of('billing', await diagnose(company.env))).toMatchObject([
      { state: 'ok', found: expect.stringContaining('billing.credit_usage is absent, which is fine') },
    ])
  })

  test('When views stand in place of tables, with types that are as good, all is well', async () => {
    await using company = await foundCompany()
    await company.database.sql(`
      CREATE SCHEMA shop;
      ALTER TABLE billing.credit_grants SET SCHEMA shop;
      ALTER TABLE shop.credit_grants ALTER kind TYPE varchar(20), ALTER amount TYPE bigint, ALTER priority TYPE smallint;
      CREATE DOMAIN shop.label AS text CHECK (VALUE <> '');
      ALTER TABLE shop.credit_grants ALTER unit TYPE shop.label;
      CREATE VIEW billing.credit_grants AS SELECT * FROM shop.credit_grants`)
    const findings = await diagnose(company.env)
    expect(states(findings)).toEqual(EVERY_CHECK_FINE)
    expect(of('billing', findings)[0]?.found).toContain('billing.credit_grants is a view as it must be')
  })
})

describe('indexes', () => {
  test.each([
    ['the expiry', 'DROP INDEX billing.credit_grants_expires_at_id_idx', 'billing.credit_grants (expires_at)'],
    ['the grant date', 'DROP INDEX billing.credit_grants_without_expiry_idx', 'billing.credit_grants (granted_at)'],
    ['the account of a grant', 'DROP INDEX billing.credit_grants_account_id_idx', 'billing.credit_grants (account_id)'],
    [
      'the account of usage',
      'ALTER TABLE billing.credit_usage DROP CONSTRAINT credit_usage_pkey',
      'billing.credit_usage (account_id)',
    ],
    ['the account of a contact', 'DROP INDEX billing.contacts_account_id_idx', 'billing.contacts (account_id)'],
    [
      'the id of a grant',
      'ALTER TABLE billing.credit_grants DROP CONSTRAINT credit_grants_pkey',
      'billing.credit_grants (id)',
    ],
  ])('When there is none on %s, a warning names it', async (_case, change, place) => {
    await using company = await foundCompany()
    await company.database.sql(change)
    expect(of('indexes', await diagnose(company.env))).toEqual([
      expect.objectContaining({
        state: 'warning',
        found: expect.stringContaining(` ${place}: `),
        advice: expect.stringContaining(place),
      }),
    ])
  })

  test('When a view hides the index behind an expression, a warning says so', async () => {
    await using company = await foundCompany()
    await company.database.sql(`
      CREATE SCHEMA shop;
      ALTER TABLE billing.credit_grants SET SCHEMA shop;
      ALTER TABLE shop.credit_grants ALTER expires_at TYPE timestamp;
      CREATE VIEW billing.credit_grants AS
        SELECT id, account_id, kind, name, unit, amount, remaining, priority, granted_at, effective_at,
               expires_at AT TIME ZONE 'UTC' AS expires_at, voided_at, expired_amount
          FROM shop.credit_grants`)
    const findings = await diagnose(company.env)
    expect(states(troubles(findings))).toEqual(['indexes: warning'])
    expect(of('indexes', findings)).toHaveLength(2)
    await company.database.sql(`
      CREATE INDEX ON shop.credit_grants ((expires_at AT TIME ZONE 'UTC'));
      CREATE INDEX ON shop.credit_grants (granted_at) WHERE (expires_at AT TIME ZONE 'UTC') IS NULL`)
    expect(states(await diagnose(company.env))).toEqual(EVERY_CHECK_FINE)
  })

  test('When a view casts the id, an index on the cast is as good', async () => {
    await using company = await foundCompany()
    const { sql } = company.database
    await sql(`
      CREATE SCHEMA shop;
      CREATE TABLE shop.credits (LIKE billing.credit_grants INCLUDING DEFAULTS);
      ALTER TABLE shop.credits ALTER id TYPE uuid USING id::uuid;
      CREATE INDEX ON shop.credits (expires_at);
      CREATE INDEX ON shop.credits (granted_at) WHERE expires_at IS NULL;
      CREATE INDEX ON shop.credits (account_id);
      DROP TABLE billing.credit_grants;
      CREATE VIEW billing.credit_grants AS
        SELECT id::text, account_id, kind, name, unit, amount, remaining, priority, granted_at, effective_at, expires_at,
               voided_at, expired_amount
          FROM shop.credits`)
    expect(states(troubles(await diagnose(company.env)))).toEqual(['indexes: warning'])
    await sql('CREATE INDEX ON shop.credits ((id::text))')
    expect(states(await diagnose(company.env))).toEqual(EVERY_CHECK_FINE)
  })

  test('When a view unites two tables, both need the index; when it joins, the one that is searched', async () => {
    await using company = await foundCompany()
    const { sql } = company.database
    await sql(`
      CREATE SCHEMA shop;
      ALTER TABLE billing.credit_grants SET SCHEMA shop;
      CREATE TABLE shop.gifts (LIKE shop.credit_grants INCLUDING DEFAULTS);
      CREATE VIEW billing.credit_grants AS SELECT * FROM shop.credit_grants UNION ALL SELECT * FROM shop.gifts`)
    expect(of('indexes', await diagnose(company.env)).map(({ state }) => state)).toEqual([
      'warning',
      'warning',
      'warning',
      'warning',
    ])
    await sql(`
      CREATE INDEX ON shop.gifts (id);
      CREATE INDEX ON shop.gifts (account_id);
      CREATE INDEX ON shop.gifts (expires_at);
      CREATE INDEX ON shop.gifts (granted_at) WHERE expires_at IS NULL`)
    expect(states(await diagnose(company.env))).toEqual(EVERY_CHECK_FINE)
    await sql(`
      DROP VIEW billing.credit_grants;
      CREATE TABLE shop.owners (grant_id text, account_id text);
      CREATE INDEX ON shop.owners (account_id);
      ALTER TABLE shop.credit_grants DROP COLUMN account_id;
      CREATE VIEW billing.credit_grants AS SELECT g.*, o.account_id FROM shop.credit_grants g JOIN shop.owners o ON o.grant_id = g.id`)
    expect(states(await diagnose(company.env))).toEqual(EVERY_CHECK_FINE)
  })

  test('When a view cannot be read although the role may read it, the search tells', async () => {
    await using company = await foundCompany()
    const owner = await createRole(company)
    await company.database.sql(`
      CREATE SCHEMA shop;
      ALTER TABLE billing.contacts SET SCHEMA shop;
      CREATE VIEW billing.contacts AS SELECT * FROM shop.contacts;
      ALTER VIEW billing.contacts OWNER TO ${owner}`)
    expect(of('indexes', await diagnose(company.env))).toMatchObject([
      { state: 'fault', blame: 'dependency', found: expect.stringContaining('permission denied for') },
    ])
  })

  test('When only usage cannot be read, that is a warning: mails go out without a forecast', async () => {
    await using company = await foundCompany()
    const owner = await createRole(company)
    await company.database.sql(`
      CREATE SCHEMA shop;
      ALTER TABLE billing.credit_usage SET SCHEMA shop;
      CREATE VIEW billing.credit_usage AS SELECT * FROM shop.credit_usage;
      ALTER VIEW billing.credit_usage OWNER TO ${owner}`)
    expect(of('indexes', await diagnose(company.env))).toMatchObject([
      { state: 'warning', found: expect.stringMatching(/^mails forecast nothing: .*permission denied for/) },
    ])
  })
})

describe('the mail server', () => {
  const server = async (SMTP_URL: string) => of('mail-server', await diagnose({ SMTP_URL }))

  test('When it is down, it is named with what to do, and without the password', async () => {
    expect(await server('smtp://app:hunter2@127.0.0.1:1')).toEqual([
      {
        check: 'mail-server',
        state: 'fault',
        blame: 'dependency',
        found: '127.0.0.1:1 cannot be reached (connect ECONNREFUSED 127.0.0.1:1)',
        advice: expect.stringContaining('SMTP_URL'),
      },
    ])
  })

  test('When it offers no STARTTLS to a host that must have it, the fault says so and how to waive it', async () => {
    await using sink = await startSmtpSink()
    // Loopback, under a name by which it is not known as such.
    const [finding] = await server(sink.url.replace('127.0.0.1', '[::ffff:127.0.0.1]'))
    expect(finding).toMatchObject({ state: 'fault', found: expect.stringContaining('offers no STARTTLS') })
    expect(finding?.advice).toContain('?requireTLS=false')
  })

  test('When it asks nobody to log in, credentials are warned of as not used', async () => {
    await using sink = await startSmtpSink()
    const [finding] = await server(sink.url.replace('//', '//app:hunter2@'))
    expect(finding).toMatchObject({ state: 'warning', found: expect.stringContaining('are not used') })
    expect(JSON.stringify(finding)).not.toContain('hunter2')
  })

  test('When neither side wants credentials, all is well', async () => {
    await using sink = await startSmtpSink()
    expect(await server(sink.url)).toMatchObject([
      { state: 'ok', found: expect.stringContaining('no user and password') },
    ])
  })

  test('When it offers log-in and SMTP_URL has no user, a warning says what may come of it', async () => {
    await using sink = await startSmtpSink({ auth: { user: 'app', pass: 'hunter2' } })
    expect(await server(sink.url.replace(/\/\/.*@/, '//'))).toMatchObject([
      {
        state: 'warning',
        found: expect.stringMatching(/offers log-in, and SMTP_URL has no user and password$/),
        advice: expect.stringContaining('every mail is refused'),
      },
    ])
  })
})

describe('a database that changes under the examination', () => {
  test('When a table is locked, the search says so after a while, and the rest is examined', async () => {
    await using company = await foundCompany()
    await company.database.db.$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe('LOCK TABLE billing.contacts IN ACCESS EXCLUSIVE MODE')
        expect(troubles(await diagnose(company.env))).toMatchObject([
          { check: 'indexes', found: expect.stringContaining('canceling statement due to lock timeout') },
        ])
      },
      { timeout: 60_000 },
    )
  })

  test('When it lets us in no longer, that is a fault, and the mail server is examined all the same', async () => {
    await using company = await foundCompany()
    const { sql, url } = company.database
    const role = await createRole(company)
    const setting = {
      variables: { ...company.env, DATABASE_URL: urlAs(url, role, 'role') },
      templatesFolder,
      hostClock: () => new Date(),
      askDns: null,
    }
    const findings: Finding[] = []
    for await (const finding of examine(setting)) {
      findings.push(finding)
      if (finding.check !== 'clock') continue
      await sql(`ALTER ROLE ${role} NOLOGIN`)
      await sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role])
    }
    expect(of('database', findings).at(-1)).toMatchObject({ state: 'fault', blame: 'dependency' })
    expect(of('mail-server', findings)).toMatchObject([{ state: 'ok' }])
  })
})

describe('rights', () => {
  /** The statements that docs/operations.md gives for a role of its own. */
  const documented = readFile(join(packageFolder, 'docs/operations.md'), 'utf8').then((text) => {
    const [, block = ''] = /```sql\n([^`]+)```/.exec(text) ?? []
    return block.trim().split('\n')
  })

  const withGrants = async (company: Company, statements: readonly string[]) => {
    const role = await createRole(company)
    await company.database.sql(statements.join('\n').replaceAll('reminders_app', role))
    return { role, env: { ...company.env, DATABASE_URL: urlAs(company.database.url, role, 'role') } }
  }

  test('When the role has what the documentation grants, all is well and no hint is needed', async () => {
    await using company = await foundCompany()
    const { role, env } = await withGrants(company, await documented)
    const findings = await diagnose(env)
    expect(states(findings)).toEqual(EVERY_CHECK_FINE)
    expect(of('rights', findings).map(({ found, advice }) => ({ found, advice }))).toEqual([
      { found: `role ${role} may read billing`, advice: null },
      { found: `role ${role} may read and write reminders`, advice: null },
      { found: `role ${role} may read and write pgboss`, advice: null },
    ])
  })

  test('When any of these grants is missing, a fault tells of it, and its advice mends it', async () => {
    await using company = await foundCompany()
    const statements = await documented
    for (const left of statements.filter((statement) => !statement.includes('FUNCTIONS'))) {
      const { env, role } = await withGrants(
        company,
        statements.filter((statement) => statement !== left),
      )
      const faults = (await diagnose(env)).filter(({ state }) => state === 'fault')
      expect(faults, left).not.toEqual([])
      expect(faults.every(({ blame }) => blame === 'dependency')).toBe(true)
      const grants = faults
        .filter(({ check }) => check === 'rights')
        .map(({ advice }) => advice?.replace(/^.*?(?=GRANT)/, ''))
      // The history of migrations is no schema of ours: its check points to the documentation.
      if (left.includes('_prisma_migrations')) expect(faults.map(({ check }) => check)).toEqual(['migrations'])
      else if (!left.startsWith('GRANT USAGE ON SCHEMA')) {
        expect(grants, left).toEqual([expect.stringContaining(role)])
        await company.database.sql(grants.join(';'))
        expect(states(await diagnose(env)), left).toEqual(EVERY_CHECK_FINE)
      }
    }
  })

  test('When the role may only read, it is told what run and start need', async () => {
    await using company = await foundCompany()
    const { role, env } = await withGrants(company, [
      'GRANT USAGE ON SCHEMA billing, reminders, pgboss TO reminders_app;',
      'GRANT SELECT ON ALL TABLES IN SCHEMA billing, reminders, pgboss TO reminders_app;',
      'GRANT SELECT ON public._prisma_migrations TO reminders_app;',
    ])
    const findings = await diagnose(env)
    expect(states(troubles(findings))).toEqual(['rights: fault'])
    expect(of('rights', findings)[1]?.found).toMatch(
      new RegExp(
        `^role ${role} lacks USAGE on \\d sequences of reminders, INSERT on \\d+ tables of reminders, UPDATE on`,
      ),
    )
  })

  test('When the role may not read usage, that is a warning', async () => {
    await using company = await foundCompany()
    const { role, env } = await withGrants(company, [
      ...(await documented),
      'REVOKE SELECT ON billing.credit_usage FROM reminders_app',
    ])
    const findings = await diagnose(env)
    expect(states(troubles(findings))).toEqual(['rights: warning'])
    expect(of('rights', findings)[0]).toMatchObject({
      found: `role ${role} may not read billing.credit_usage: mails say nothing of what will be used`,
      advice: expect.stringContaining('GRANT SELECT ON billing.credit_usage TO'),
    })
  })

  test('When the role may write billing, that is a hint and no fault', async () => {
    await using company = await foundCompany()
    const [reading] = of('rights', await diagnose(company.env))
    expect(reading).toMatchObject({ state: 'ok', advice: expect.stringMatching(/^it may write billing too/) })
  })

  test('When the role may read the columns and not the table, that is enough', async () => {
    await using company = await foundCompany()
    const statements = (await documented).filter((statement) => !statement.includes('TABLES IN SCHEMA billing'))
    const { role, env } = await withGrants(company, statements)
    const columns = await company.database.sql<{ grant: string }>(
      `SELECT format('GRANT SELECT (%s) ON billing.%I TO ${role}', string_agg(column_name, ', '), table_name) AS grant
         FROM information_schema.columns WHERE table_schema = 'billing' GROUP BY table_name`,
    )
    for (const { grant } of columns) await company.database.sql(grant)
    expect(states(await diagnose(env))).toEqual(EVERY_CHECK_FINE)
    await company.database.sql(`REVOKE SELECT (name) ON billing.accounts FROM ${role}`)
    expect(of('rights', await diagnose(env))[0]).toMatchObject({
      state: 'fault',
      found: `role ${role} may not read billing.accounts`,
    })
  })

  test('When row-level security hides rows from the role, a warning says so', async () => {
    await using company = await foundCompany()
    await company.database.sql(`
      ALTER TABLE billing.credit_grants ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON billing.credit_grants USING (account_id = current_user)`)
    const { env } = await withGrants(company, await documented)
    const findings = await diagnose(env)
    expect(states(troubles(findings))).toEqual(['rights: warning'])
    expect(of('rights', findings)[0]?.found).toMatch(/^row-level security decides which rows of billing\.credit_grants/)
  })
})

async function createRole({ database }: Company): Promise<string> {
  const role = `role_${randomUUID().replaceAll('-', '')}`
  await database.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'role'`)
  return role
}
