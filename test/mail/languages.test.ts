import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDay } from '../../src/domain/wording.ts'
import { amountInWords } from '../../src/mail/amounts.ts'
import { MAIL_KINDS, type MailContent, type MailKind } from '../../src/mail/content.ts'
import { columnsOf } from '../../src/mail/line-breaks.ts'
import type { Messages } from '../../src/mail/messages.ts'
import { ARGUMENTS_BY_PHRASE } from '../../src/mail/phrases.ts'
import { createRenderer } from '../../src/mail/render.ts'
import { SAMPLES } from '../../src/mail/samples.ts'
import { TRIAL_CONTENTS } from '../../src/mail/trials.ts'
import { viewOf } from '../../src/mail/view.ts'
import { templatesFolder } from '../../src/paths.ts'
import { HOSTILE_NAMES, named } from './contents.ts'
import { oneLine, read } from './reading.ts'

const DAY_MS = 86_400_000
const SEED = 20_261_125

const renderer = await createRenderer(templatesFolder)
const { locales } = renderer

const viewIn = (locale: string, content: MailContent) => {
  const words = renderer.wordsFor(locale)
  return viewOf({ ...content, locale: words.locale }, words.say, words.language)
}

/** A sample of one line, but for what is given. */
function one(kind: MailKind, more: Partial<MailContent['lines'][number]> = {}): MailContent {
  return { ...SAMPLES[kind], lines: SAMPLES[kind].lines.slice(0, 1).map((line) => ({ ...line, ...more })) }
}

test('Each file of phrases is a language that mails are written in', async () => {
  const files = (await readdir(join(templatesFolder, 'locales'))).map((file) => file.replace('.json', ''))
  expect(locales).toEqual(files.toSorted())
})

test('The trials of a start say every phrase that a mail can', () => {
  const { say } = renderer.wordsFor('en')
  const said = new Set<string>()
  const listening: Messages = (name, facts) => {
    said.add(name)
    return say(name, facts)
  }
  for (const content of TRIAL_CONTENTS) viewOf(content, listening, 'en')
  const ofMails = [...ARGUMENTS_BY_PHRASE.keys()].filter((name) => !/^(page|calendar)\./.test(name))
  // Only where an amount is too long for it.
  const short = MAIL_KINDS.map((kind) => `${kind}.shortSubject`)
  expect(ofMails.filter((name) => !said.has(name) && !short.includes(name))).toEqual([])
})

describe.each(locales)('in %s', (locale) => {
  /** Every plural form of every language, and names as short and long as there are. */
  const DAYS = [0, 1, 2, 3, 5, 11, 21, 22, 100, 1500]
  const COUNTS = [1, 2, 3, 5, 11, 21, 60, 1000]
  const NAMES = ['A', 'Nordwind Analytics', 'W'.repeat(200), '株式会社ノルトヴィント', 'شركة النجوم']

  test.each(MAIL_KINDS)('subject and preheader of a %s mail are of the length that mailboxes show', (kind) => {
    const sample = SAMPLES[kind]
    const expiresAt = sample.lines[0]?.expiresAt ?? new Date()
    const mail = fc.record({
      days: fc.constantFrom(...DAYS),
      count: fc.constantFrom(...COUNTS),
      name: fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 90 })),
      amount: fc.constantFrom('0.000001', '1', '18.00', '1200', '98765.43', '999999999999.99', '1000000000000'),
      unit: fc.constantFrom('USD', 'KWD', 'credits', 'GPU-hours of the cluster in Frankfurt'),
      apart: fc.boolean(),
      isTest: fc.boolean(),
      isNever: fc.boolean(),
    })
    const check = ({ days, count, name, amount, unit, apart, isTest, isNever }: Record<string, unknown> & FcMail) => {
      const [line] = one(kind, { amount, unit }).lines
      if (line === undefined) throw new Error('no line')
      const never = isNever && kind === 'correction'
      const lines = Array.from({ length: count }, (_, index) => ({
        ...line,
        expiresAt: never ? null : new Date(expiresAt.getTime() + (apart ? index * DAY_MS : 0)),
        unit: apart && index === 1 ? 'tokens' : unit,
      }))
      const now = new Date(expiresAt.getTime() + (kind === 'expired' ? days : -days) * DAY_MS)
      const view = viewIn(locale, { ...sample, now, isTest, lines, account: { id: 'acc_1', name } })
      expect(view.subject.length, view.subject).toBeLessThanOrEqual(60)
      expect(view.subject).not.toMatch(/…$/)
      expect(view.preheader.length, view.preheader).toBeGreaterThanOrEqual(40)
      expect(view.preheader.length, view.preheader).toBeLessThanOrEqual(100)
      expect(view.preheader).not.toBe(view.subject)
      if (!never) expect(view.subject).toContain(new Intl.NumberFormat(locale, { useGrouping: false }).format(2026))
    }
    fc.assert(fc.property(mail, check), { seed: SEED, numRuns: 60 })
  })

  test.each(MAIL_KINDS)('amount and day of a %s mail are the same in subject, page and text', (kind) => {
    const { say } = renderer.wordsFor(locale)
    for (const [amount, unit] of [
      ['18.00', 'USD'],
      ['1200', 'credits'],
    ] as const) {
      const content = { ...one(kind, { amount, unit }), locale }
      const mail = read(renderer, content)
      const bare = (text = '') => text.replace(/\s/g, '')
      const words = bare(amountInWords(amount, unit, locale, say))
      for (const part of ['subject', 'page', 'text'] as const) {
        expect(bare(mail[part]), part).toContain(words)
      }
      const { timeZone, lines } = content
      const day = formatDay(new Date((lines[0]?.expiresAt?.getTime() ?? 0) - 1), { timeZone, locale })
      expect(bare(mail.subject)).toContain(bare(day))
      const [line] = viewIn(locale, content).lines
      // In the text part, a line may be broken within it.
      expect(bare(mail.page)).toContain(bare(line?.until))
      expect(bare(mail.text)).toContain(bare(line?.until))
    }
  })

  test('no amount, and no day but for its weekday, is broken over two lines', () => {
    const spaced = (words: string) => words.replace(/[\u00a0\u202f]/g, ' ')
    for (const kind of MAIL_KINDS) {
      for (const amount of ['1', '1234.5', '98765.43']) {
        const sample = { ...SAMPLES[kind], locale }
        const content = { ...sample, lines: sample.lines.map((line) => ({ ...line, amount })) }
        const { html, text } = renderer.render(content)
        const page = html.replaceAll('&nbsp;', '\u00a0')
        const amounts = viewIn(locale, content).lines.map((line) => line.amount)
        const days = content.lines.flatMap(({ grantedAt, told }) => [grantedAt, ...(told ? [told.expiresAt] : [])])
        // Expiries of the samples are told by the day before, at midnight.
        const words = days.map((day) => formatDay(new Date(day.getTime() - 1), { ...sample, locale }))
        for (const whole of [...amounts, ...words]) expect(spaced(text), kind).toContain(spaced(whole))
        for (const whole of [...amounts, ...words.map((day) => day.replaceAll(' ', '\u00a0'))]) {
          expect(page, kind).toContain(whole)
          expect(whole).not.toContain(' ')
        }
      }
    }
  })

  const EXTREMES: readonly (readonly [what: string, content: MailContent])[] = [
    ...(['0.000001', '1', '0.5', '1000000000000', '999999999999.999999'] as const).flatMap((amount) =>
      ['USD', 'credits', 'Hours', 'GPU-hours'].map(
        (unit) => [`${amount} ${unit}`, one('warning', { amount, unit })] as const,
      ),
    ),
    ...Object.entries(HOSTILE_NAMES).map(([what, name]) => [what, named(name, SAMPLES.last)] as const),
    ...TRIAL_CONTENTS.map((content, index) => [`trial ${index + 1}`, content] as const),
  ]

  test('whatever stands in a mail, its text is lines that are shown whole, with nothing of a machine in them', () => {
    for (const [what, content] of EXTREMES) {
      const { subject, text } = renderer.render({ ...content, locale })
      const tooLong = text.split('\n').filter((line) => columnsOf(line) > 76 && !/^https?:\/\/\S+$/.test(line))
      expect(tooLong, what).toEqual([])
      expect(text, what).not.toMatch(/\b(?:undefined|null|NaN)\b|\[object|Invalid Date|\n{3}|(?<!\n--) \n/)
      expect(text + subject, what).not.toMatch(/[\u202a-\u202e\u2066\u2067\ufeff]/)
      expect((text + subject).isWellFormed(), what).toBe(true)
    }
  })

  test('no brace, sign of a plural or doubled space of a phrase is left', () => {
    for (const content of TRIAL_CONTENTS) {
      const { text } = renderer.render({ ...content, locale })
      expect(text).not.toMatch(/[{}#<>]|\S {2,}\S/)
    }
  })
})

type FcMail = Readonly<{
  days: number
  count: number
  name: string
  amount: string
  unit: string
  apart: boolean
  isTest: boolean
  isNever: boolean
}>

/** Of each language, how its regions write dates and amounts at their longest. */
const REGIONS = [
  ...[
    'en',
    'en-GB',
    'en-CA',
    'de',
    'de-AT',
    'fr',
    'fr-CA',
    'fr-CH',
    'es',
    'es-AR',
    'es-MX',
    'pt-BR',
    'it',
    'nl',
    'pl',
    'tr',
  ],
  ...['ja', 'ko', 'zh-Hans', 'zh-SG', 'ar', 'ar-EG', 'he', 'fa', 'hi', 'th', 'ru', 'uk', 'id'],
]

test.each(REGIONS)(
  'An ordinary amount stands in each subject for %s, in the month that is longest to write',
  (locale) => {
    const dates = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(2026, month, 28, 12)))
    const [expiresAt = new Date()] = dates.toSorted((one, other) => lengthOf(other) - lengthOf(one))
    function lengthOf(date: Date) {
      return formatDay(date, { timeZone: 'UTC', locale }).length
    }
    const later = new Date(expiresAt.getTime() + DAY_MS)
    const numbers = (text: string) => text.replace(/[^\p{Nd}]/gu, '')
    for (const [amount, unit] of [
      ['9999.99', 'USD'],
      ['1200', 'credits'],
    ] as const) {
      const { say, locale: written } = renderer.wordsFor(locale)
      const words = amountInWords(amount, unit, written, say)
      for (const kind of MAIL_KINDS) {
        for (const said of ['expiring', 'gone'] as const) {
          const [first] = one(kind, { amount, unit, expiresAt, told: { said, expiresAt } }).lines
          if (first === undefined) throw new Error('no line')
          for (const second of [
            [],
            [{ ...first, amount: '0', expiresAt: later }],
            [{ ...first, unit: 'tokens' }],
            [{ ...first, unit: 'tokens', expiresAt: later }],
          ]) {
            const { subject } = viewIn(locale, { ...SAMPLES[kind], lines: [first, ...second] })
            expect(numbers(subject), subject).toContain(numbers(words))
          }
        }
      }
    }
  },
)

describe('a reader’s region', () => {
  const htmlOf = (locale: string) => renderer.render({ ...SAMPLES.warning, locale }).html

  test('has its own digits, in plurals as in amounts and dates', () => {
    const { text } = renderer.render({ ...SAMPLES.warning, locale: 'ar-EG' })
    expect(text).toContain('٧ أيام')
    expect(text).toContain('١٨٫٠٠')
    expect(text).toContain('٢٠٢٦')
    expect(text).toContain('آخر ٢٨ يومًا')
    expect(renderer.render({ ...SAMPLES.warning, locale: 'ar-AE' }).text).toContain('7 أيام')
  })

  test('of China reads simplified Chinese, and says so to programs; of Taiwan, English with English dates', () => {
    expect(htmlOf('zh-CN')).toContain('<html lang="zh-Hans" dir="ltr"')
    expect(htmlOf('zh')).toContain('2026年6月1日')
    expect(htmlOf('zh-TW')).toContain('<html lang="en" dir="ltr"')
    expect(oneLine(htmlOf('zh-TW'))).toContain('Monday, June 1, 2026')
  })

  test('by a code of old is read as what it is called now', () => {
    expect(htmlOf('iw')).toContain('<html lang="he" dir="rtl"')
  })

  test('that is no locale at all reads English', () => {
    expect(htmlOf('no such locale')).toContain('<html lang="en" dir="ltr"')
  })
})
