import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rulesDocument } from '../../src/config/rules-document.ts'
import { parseRules, readRules } from '../../src/config/rules-file.ts'
import { policyFor } from '../../src/domain/rules.ts'
import { UsageError } from '../../src/errors.ts'
import { packageFolder } from '../../src/paths.ts'

async function faultsOf(work: () => unknown): Promise<readonly string[]> {
  try {
    await work()
  } catch (error) {
    if (error instanceof UsageError) return error.lines
    throw error
  }
  return []
}

const stages = (text: string, kind: string) => policyFor(parseRules(text), kind).rungs.map(({ stage }) => stage)

const AFTERWARDS = { notifyExpired: true, notifyCorrection: true, calendar: false, skipIfUsedUp: false }

describe('the rules', () => {
  it('are the documented defaults where a file says nothing', () => {
    expect(rulesDocument(parseRules('# nothing\n'))).toEqual({
      timeZone: 'UTC',
      locale: 'en',
      sendAt: '09:00',
      schedule: '*/15 * * * *',
      billingUrl: null,
      policies: {
        purchased: { validity: 'P1Y', warnBefore: ['P60D', 'P30D', 'P7D', 'P1D'], ...AFTERWARDS },
        promotional: { validity: 'P6M', warnBefore: ['P30D', 'P7D', 'P1D'], ...AFTERWARDS },
        default: { warnBefore: ['P30D', 'P7D', 'P1D'], ...AFTERWARDS },
      },
      minimumRemaining: { USD: '0.50' },
      expiredWithin: 'P7D',
      maxEmailsPerSweep: 5000,
      maxGrowth: 5,
      maxGoneShare: 0.2,
      maxEmailsPerAddressPerDay: 4,
      maxPerSecond: null,
      maxPerSecondPerDomain: {},
      unsubscribeStops: 'all',
      onUncertain: 'resend',
      keepMails: 'P180D',
      retention: null,
      alarms: {
        sweepLate: 'PT10M',
        noticeLate: 'PT2H',
        nothingSentFor: 'P1D',
        failedMails: 1,
        uncertainMails: 1,
        withheldGrants: 1,
      },
    })
  })

  it('of the example are the defaults', async () => {
    const example = rulesDocument(await readRules(join(packageFolder, 'credit-reminders.example.yaml')))
    expect(example).toEqual(rulesDocument(parseRules('')))
  })

  it('give the same document in whatever order they are written, and the document reads back as itself', () => {
    const one = parseRules('minimumRemaining: {USD: 1, EUR: 2}\npolicies: {b: {}, a: {warnBefore: [P1D, P7D]}}\n')
    const other = parseRules('policies: {a: {warnBefore: [P7D, P1D]}, b: {}}\nminimumRemaining: {EUR: 2, USD: 1}\n')
    const text = JSON.stringify(rulesDocument(one))
    expect(JSON.stringify(rulesDocument(other))).toBe(text)
    expect(JSON.stringify(rulesDocument(parseRules(text)))).toBe(text)
  })

  it('of named kinds replace the built-in ones, while default stays', () => {
    const text = 'policies:\n  trial: { warnBefore: [P2D] }\n'
    expect(stages(text, 'trial')).toEqual(['P2D'])
    expect(stages(text, 'purchased')).toEqual(['P30D', 'P7D', 'P1D'])
    expect(parseRules(text).policies).not.toHaveProperty('purchased')
    expect(stages('policies: { default: { warnBefore: [] } }', 'purchased')).toEqual([])
  })

  it('order a ladder widest first, however it is written', () => {
    expect(stages('policies: { default: { warnBefore: [PT12H, P1M, P7D] } }', 'any')).toEqual(['P1M', 'P7D', 'PT12H'])
  })

  it('keep amounts exactly as written', () => {
    const { minimumRemaining } = parseRules(
      'minimumRemaining: { USD: 0.50, EUR: "1.10", X: 12345678901234567.89, Y: 0 }',
    )
    expect(minimumRemaining).toEqual({ USD: '0.50', EUR: '1.10', X: '12345678901234567.89', Y: '0' })
  })

  it('turn the relative limits of a sweep off by null, and take them at their ends', () => {
    expect(parseRules('maxGrowth: null\nmaxGoneShare: null')).toMatchObject({ maxGrowth: null, maxGoneShare: null })
    expect(parseRules('maxGrowth: 1.01\nmaxGoneShare: 0')).toMatchObject({ maxGrowth: 1.01, maxGoneShare: 0 })
    expect(parseRules('maxGoneShare: 1').maxGoneShare).toBe(1)
  })

  it.each([
    'https://console.example.com/orgs/{account}/billing?by={contact}&about={grant}#{category}',
    'https://example.com',
    'http://localhost:3000/billing',
    'http://127.0.0.1/',
  ])('take %s for the billing page', (billingUrl) => {
    expect(parseRules(JSON.stringify({ billingUrl })).billingUrl).toBe(billingUrl)
  })

  it('turn an alarm off by null, and keep the others', () => {
    const { alarms } = rulesDocument(parseRules('alarms: { nothingSentFor: null, failedMails: null }'))
    expect(alarms).toMatchObject({ noticeLate: 'PT2H', nothingSentFor: null, failedMails: null, uncertainMails: 1 })
  })

  it('read sendAt as a time or as anytime', () => {
    expect(parseRules('sendAt: 07:30').sendAt).toEqual({ hour: 7, minute: 30 })
    expect(parseRules('sendAt: anytime').sendAt).toBe('anytime')
  })
})

describe('a fault in the file', () => {
  it.each([
    ['timeZone: Europe/Berln', '1:11: timeZone: "Europe/Berln" is no IANA time zone'],
    ['locale: en_US', '1:9: locale: "en_US" is no BCP 47 locale'],
    ['sendAt: "24:00"', '1:9: sendAt: "24:00" is neither'],
    ['schedule: 61 * * * *', '1:11: schedule: "61 * * * *" is no cron expression'],
    ['billingUrl: javascript:alert(1)', '1:13: billingUrl: "javascript:alert(1)" is no https:// address'],
    ['billingUrl: http://example.com', '1:13: billingUrl: "http://example.com" is no https:// address'],
    ['billingUrl: https://me:pw@example.com', '1:13: billingUrl: "https://me:pw@example.com" is no https:// address'],
    [
      'billingUrl: https://a.example/{acount}',
      '1:13: billingUrl: "{acount}" stands for nothing (did you mean account?)',
    ],
    [
      'billingUrl: https://a.example/?to={email}',
      '1:13: billingUrl: "{email}" stands for nothing; there are {account}, {contact}, {grant}, {category}',
    ],
    ['billingUrl: https://a.example/{}', '1:13: billingUrl: "{}" stands for nothing'],
    ['billingUrl: https://a.example/{account', '1:13: billingUrl: "https://a.example/{account" has a brace'],
    ['billingUrl: https://{account}.example', '1:13: billingUrl: "https://{account}.example" has a placeholder in its'],
    ['billingUrl: https://a.example/my credits', '1:13: billingUrl: has a space'],
    ['expiredWithin: P0D', '1:16: expiredWithin: "P0D" is not longer than nothing'],
    ['expiredWithin: P200Y', '1:16: expiredWithin: "P200Y" is not longer than nothing and at most P100Y'],
    [
      'policies:\n  a: { warnBefore: [P7D, 7 days] }',
      '2:26: policies.a.warnBefore[1]: "7 days" is not an ISO 8601 duration',
    ],
    ['policies:\n  a: { warnBefore: [P7D, P7D] }', '2:20: policies.a.warnBefore: P7D stands there twice'],
    ['policies:\n  a: { warnBefore: [P7D, P1W] }', '2:20: policies.a.warnBefore: P7D and P1W are the same length'],
    ['policies:\n  a:\n', '2:5: policies.a: must be a mapping'],
    ['policies: { a: { notifyCorrection: 1 } }', '1:36: policies.a.notifyCorrection: must be true or false'],
    ['policies: { a: { skipIfUsedUp: sometimes } }', '1:32: policies.a.skipIfUsedUp: must be true or false'],
    ['policies: { a: { calendar: ics } }', '1:28: policies.a.calendar: must be true or false'],
    ['policies: { a: { notifyExpired: yes } }', '1:33: policies.a.notifyExpired: must be true or false'],
    ['minimumRemaining: { USD: -0.50 }', '1:26: minimumRemaining.USD: "-0.50" is not an amount'],
    ['minimumRemaining: { USD: .nan }', '1:26: minimumRemaining.USD: ".nan" is not an amount'],
    ['maxEmailsPerSweep: 1.5', '1:20: maxEmailsPerSweep: must be a whole number'],
    ['maxGrowth: 1', '1:12: maxGrowth: must be more than 1'],
    ['maxGrowth: .inf', '1:12: maxGrowth: must be a number'],
    ['maxGrowth: five', '1:12: maxGrowth: must be a number'],
    ['maxGoneShare: -0.1', '1:15: maxGoneShare: must be at least 0'],
    ['maxGoneShare: 20', '1:15: maxGoneShare: must be at most 1'],
    ['maxGoneShare: 20%', '1:15: maxGoneShare: must be a number'],
    ['maxEmailsPerAddressPerDay: 0', '1:28: maxEmailsPerAddressPerDay: must be at least 1'],
    ['maxPerSecond: 0', '1:15: maxPerSecond: must be at least 0.1'],
    ['maxPerSecond: fast', '1:15: maxPerSecond: must be a number'],
    [
      'maxPerSecondPerDomain: { gmail: 5 }',
      '1:24: maxPerSecondPerDomain: "gmail" is no domain such as example.com, nor default',
    ],
    [
      'maxPerSecondPerDomain: { gmail.com: 5, GMAIL.com: 6 }',
      '1:24: maxPerSecondPerDomain: "GMAIL.com" stands there twice',
    ],
    ['alarms: { noticeLat: P1D }', '1:11: alarms.noticeLat: unknown setting (did you mean noticeLate?)'],
    ['alarms: { sweepLate: null }', '1:22: alarms.sweepLate: must be text such as "P7D" or "P1Y" or "PT12H"'],
    ['expiredWithin: 7', '1:16: expiredWithin: must be text such as "P7D"'],
    ['sendAt: 9', '1:9: sendAt: must be text such as "09:00" or "anytime"'],
    ['alarms: { failedMails: 0 }', '1:24: alarms.failedMails: must be at least 1'],
    [
      'alarms: { noticeLate: 2h }',
      '1:23: alarms.noticeLate: "2h" is not an ISO 8601 duration such as P7D, P1Y or PT12H',
    ],
    ['unsubscribeStops: none', '1:19: unsubscribeStops: must be one of all, warnings'],
    ['onUncertain: maybe', '1:14: onUncertain: must be one of resend, hold'],
    ['keepMails: P0D', '1:12: keepMails: "P0D" is not longer than nothing and at most P100Y'],
    ['keepMails: 90', '1:12: keepMails: must be text such as "P7D" or "P1Y" or "PT12H"'],
    ['retention: P0D', '1:12: retention: "P0D" is not longer than nothing and at most P100Y'],
    ['retention: 2', '1:12: retention: must be text such as "P7D" or "P1Y" or "PT12H"'],
    ['retention: two years', '1:12: retention: "two years" is not an ISO 8601 duration such as P7D, P1Y or PT12H'],
    [
      'retention: P96D',
      '1:12: retention: "P96D" is too short: people would be told twice; it must be at least P60D of the widest rung + P7D of expiredWithin + P30D',
    ],
    [
      'retention: P179D',
      '1:12: retention: "P179D" is shorter than keepMails (P180D); make it longer, or keepMails shorter',
    ],
    ['locale: en\nexpiredWithin: P1Y\nretention: P13M', '3:12: retention: "P13M" is too short'],
    ['a: 1\nlocale: en', '1:1: a: unknown setting'],
    ['locale: en\nsendat: anytime', '2:1: sendat: unknown setting (did you mean sendAt?)'],
    ['policies:\n  a:\n    warnBefor: []', '3:5: policies.a.warnBefor: unknown setting (did you mean warnBefore?)'],
    ['warnBefor: [P7D]', '1:1: warnBefor: unknown setting here; warnBefore belongs below policies'],
    ['policies: { a: { sendAt: anytime } }', '1:18: policies.a.sendAt: unknown setting here; sendAt belongs to'],
    ['colour: red', '1:1: colour: unknown setting; there are timeZone, locale, sendAt, schedule, billingUrl, policies'],
    ['policies: { a: { colour: red } }', '1:18: policies.a.colour: unknown setting; there are validity, warnBefore, '],
    ['locale: en\nlocale: de', '2:1: locale stands there twice; keep one'],
    ['policies: { a: {}, b: {}, "a": {} }', '1:27: a stands there twice; keep one'],
    ['policies:\n  __proto__: { warnBefore: [] }', '2:3: __proto__ cannot be a name'],
    ['? [locale, en]\n: de', '1:3: a name must be plain text'],
    ['a: [1\nb: {\n"x', '2:1: Flow sequence in block collection must be'],
    ['- locale', '1:1: is no mapping'],
    ['locale: en\n---\nlocale: de', '2:1: a second document starts here'],
    ['locale: [en', '1:12: Flow sequence'],
    ['locale: !!js/function x', '1:9: Unresolved tag'],
    ['timeZone: *nowhere', '1:1: Unresolved alias'],
  ])('%j is one line with its place', async (text, line) => {
    const faults = await faultsOf(() => parseRules(text, 'rules.yaml'))
    expect(faults).toEqual([expect.stringContaining(`rules.yaml:${line}`)])
  })

  it('in a name is said without a warning of Node beside it', async () => {
    const warnings: unknown[] = []
    const listen = (warning: unknown) => void warnings.push(warning)
    process.on('warning', listen)
    expect(await faultsOf(() => parseRules('? [locale, en]\n: de'))).toHaveLength(1)
    await new Promise(setImmediate)
    process.off('warning', listen)
    expect(warnings).toEqual([])
  })

  it('does not hide the others: all are told, in the order of the file', async () => {
    const faults = await faultsOf(() => parseRules('locale: x y\nnope: 1\ntimeZone: Mars\n'))
    expect(faults.map((line) => line.split(':')[1])).toEqual(['1', '2', '3'])
  })

  it('stays one line when the value has many', async () => {
    const [fault] = await faultsOf(() => parseRules('timeZone: |\n  a\n  b\n'))
    expect(fault).not.toContain('\n')
  })
})

describe('the file itself', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rules-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('may be absent under its default name, not under a name that somebody gave', async () => {
    const missing = join(folder, 'missing.yaml')
    expect(await faultsOf(() => readRules(missing))).toEqual([
      `CREDIT_REMINDERS_CONFIG names ${missing}, which does not exist; name a file that does`,
    ])
  })

  it('must be a file', async () => {
    expect(await faultsOf(() => readRules(folder))).toEqual([expect.stringContaining('cannot be read (EISDIR)')])
  })

  it('must be UTF-8, and the line that is not is named', async () => {
    const file = join(folder, 'latin1.yaml')
    await writeFile(file, Buffer.from('locale: en\n# caf\xe9\n', 'latin1'))
    expect(await faultsOf(() => readRules(file))).toEqual([`${file}:2: is not UTF-8 text; save the file as UTF-8`])
  })

  it('may begin with a byte order mark', async () => {
    const file = join(folder, 'bom.yaml')
    await writeFile(file, '\ufefflocale: de\n')
    expect((await readRules(file)).locale).toBe('de')
  })
})

it('has a JSON Schema that is up to date (npm run schema)', async () => {
  const { rulesJsonSchema } = await import('../../src/config/rules-json-schema.ts')
  const shipped = await readFile(join(packageFolder, 'credit-reminders.schema.json'), 'utf8')
  expect(JSON.parse(shipped)).toEqual(JSON.parse(JSON.stringify(rulesJsonSchema())))
})
