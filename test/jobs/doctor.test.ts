import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { templatesFolder } from '../../src/paths.ts'
import { foundCompany, SECRETS } from '../support/company.ts'
import { urlAs, urlWith } from '../support/database.ts'
import { diagnose, EVERY_CHECK_FINE, of, states, troubles } from '../support/doctor.ts'
import { ownFolderWith } from '../support/own-folder.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'

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
      ['database', 'clock', 'migrations', 'queue', 'billing', 'rights', 'indexes', 'rows', 'mail-server'].map(
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
    expect(states(troubles(findings))).toEqual(['rules: fault', 'indexes: not-checked', 'rows: not-checked'])
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
    ['is no JSON', 'locales/en.json', '{', /en\.json:1: not JSON/],
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
      {
        state: 'fault',
        blame: 'setting',
        found: expect.stringMatching(/^TEMPLATES_DIR names \/no\/such, which does not exist; /),
      },
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
      ...['clock', 'migrations', 'queue', 'billing', 'rights', 'indexes', 'rows'].map(
        (check) => `${check}: not-checked`,
      ),
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
