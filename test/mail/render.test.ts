import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { MailContent } from '../../src/mail/content.ts'
import { createRenderer, type Renderer } from '../../src/mail/render.ts'
import { TRIAL_CONTENTS } from '../../src/mail/trials.ts'
import { templatesFolder } from '../../src/paths.ts'
import { at } from '../domain/builders.ts'
import { gone, HOSTILE_NAMES, linesOf, named, warning } from './contents.ts'
import { escaped, oneLine, type Reading, readable, read as readMail } from './reading.ts'

const EXPIRY = at('2026-06-01T12:00:00Z')
const DAY_MS = 86_400_000
const PAST = { now: at('2026-06-06T09:00:00Z') }

let renderer: Renderer
beforeAll(async () => {
  renderer = await createRenderer(templatesFolder)
})

const read = (content: MailContent): Reading => readMail(renderer, content)

function expectInBoth({ page, text }: Reading, words: string) {
  expect(page).toContain(words)
  expect(text).toContain(words)
}

function expectInNeither({ page, text }: Reading, words: string) {
  expect(page).not.toContain(words)
  expect(text).not.toContain(words)
}

/** Lines of the same day, of each amount and unit. */
const amounts = (...list: readonly (readonly [amount: string, unit: string])[]) =>
  list.flatMap(([amount, unit], index) => linesOf(1, { grantId: `cg_${index}`, amount, unit }))

test('A warning reads well as plain text', () => {
  expect(renderer.render(warning()).text).toMatchInlineSnapshot(`
    "$18.00 in credits will expire in 7 days

    Hello Ana,

    These credits of Nordwind Analytics will expire if they are not used in
    time:

    * $18.00 - Prepaid credits (7 days left)
      Purchased, granted on Jun 1, 2025
      Can be used until 14:00 GMT+2 on Monday, June 1, 2026

    Use them before then, and nothing is lost. Your billing page shows your
    balance:
    https://example.com/billing

    -- 
    You get this mail because you are a billing contact of Nordwind Analytics at
    Example Billing.

    To stop these reminders, open:
    https://example.com/unsubscribe/sample

    Example Billing
    1 Example Street, Example City
    "
  `)
})

test('A "gone" mail of several units reads well as plain text', () => {
  const lines = [
    ...linesOf(1),
    ...linesOf(1, {
      name: null,
      kind: 'promotional',
      unit: 'credits',
      amount: '1200',
      expiresAt: at('2026-06-05T22:00:00Z'),
    }),
  ]
  expect(renderer.render(gone({ ...PAST, lines })).text).toMatchInlineSnapshot(`
    "Credits of Nordwind Analytics expired

    Hello Ana,

    These credits of Nordwind Analytics were not used in time and can no longer
    be used:

    * $18.00 - Prepaid credits
      Purchased, granted on Jun 1, 2025
      Could be used until 14:00 GMT+2 on Monday, June 1, 2026

    * 1,200 credits - Promotional credits
      Promotional, granted on Jun 1, 2025
      Could be used until the end of Friday, June 5, 2026 (GMT+2)

    Credits that have not expired yet are not affected. Your billing page shows
    what you have:
    https://example.com/billing

    -- 
    You get this mail because you are a billing contact of Nordwind Analytics at
    Example Billing.

    To stop these reminders, open:
    https://example.com/unsubscribe/sample

    Example Billing
    1 Example Street, Example City
    "
  `)
})

describe('subject and heading', () => {
  test.each([
    [
      'of one grant name amount and day',
      linesOf(1),
      ['$18.00 in credits will expire on Jun 1, 2026', '$18.00 in credits will expire in 7 days'],
      ['$18.00 in credits expired on Jun 1, 2026', '$18.00 in credits expired on Jun 1, 2026'],
    ],
    [
      'of several that expire together name their total',
      linesOf(3, { expiresAt: EXPIRY }),
      ['$54.00 in credits will expire on Jun 1, 2026', '$54.00 in credits will expire in 7 days'],
      ['$54.00 in credits expired on Jun 1, 2026', '$54.00 in credits expired on Jun 1, 2026'],
    ],
    [
      'of several days name the first',
      linesOf(3),
      ['$54.00 in credits will expire from Jun 1, 2026', '$54.00 in credits will expire, starting in 7 days'],
      ['$54.00 in credits expired from Jun 1, 2026', '$54.00 in credits expired'],
    ],
    [
      'of several units name the most urgent amount, and add no units up',
      amounts(['18', 'USD'], ['1200', 'credits'], ['2', 'USD']),
      ['$20.00 in credits and more expire on Jun 1, 2026', 'Credits of Nordwind Analytics will expire in 7 days'],
      ['$20.00 in credits and more expired on Jun 1, 2026', 'Credits of Nordwind Analytics expired on Jun 1, 2026'],
    ],
    [
      'of a unit of the company’s say it as it is',
      linesOf(1, { unit: 'credits', amount: '1200' }),
      ['1,200 credits will expire on Jun 1, 2026', '1,200 credits will expire in 7 days'],
      ['1,200 credits expired on Jun 1, 2026', '1,200 credits expired on Jun 1, 2026'],
    ],
    [
      'of a single credit say it in the singular',
      linesOf(1, { unit: 'credits', amount: '1' }),
      ['1 credit will expire on Jun 1, 2026', '1 credit will expire in 7 days'],
      ['1 credit expired on Jun 1, 2026', '1 credit expired on Jun 1, 2026'],
    ],
  ])('%s', (_case, lines, ofWarning, ofGone) => {
    const subjectAndHeading = ({ subject, heading }: Reading) => [subject, heading]
    expect(subjectAndHeading(read(warning({ lines })))).toEqual(ofWarning)
    expect(subjectAndHeading(read(gone({ ...PAST, lines })))).toEqual(ofGone)
  })

  test('say of several days, and of none other, that the days left are those of the first credits', () => {
    const preheaderOf = (content: MailContent) => read(content).preheader
    expect(preheaderOf(warning({ lines: linesOf(3, { expiresAt: EXPIRY }) }))).toMatch(/ to use these credits\.$/)
    expect(preheaderOf(warning({ lines: linesOf(3) }))).toMatch(/ to use the first of these credits\.$/)
    const subjectOf = (content: MailContent) => read({ ...content, tone: 'last' }).subject
    expect(subjectOf(warning({ lines: linesOf(3, { expiresAt: EXPIRY }) }))).toBe(
      'Last reminder: $54.00 in credits expire on Jun 1, 2026',
    )
    expect(subjectOf(warning({ lines: linesOf(3) }))).toBe('Expiring from Jun 1, 2026: $54.00 in credits')
  })

  test('of credits given back say so, and of credits that last longer that they do', () => {
    const corrected = (said: 'expiring' | 'gone', expiresAt: Date | null = EXPIRY) => {
      const lines = linesOf(1, { expiresAt, told: { said, expiresAt: PAST.now } })
      const { subject, preheader, heading } = read({ ...warning({ lines }), category: 'correction' })
      return [subject, preheader, heading]
    }
    expect(corrected('gone')).toEqual([
      '$18.00 in credits restored, usable until Jun 1, 2026',
      'We wrote to you that credits of Nordwind Analytics had expired: you have them back.',
      'Good news: $18.00 in credits can be used again',
    ])
    expect(corrected('gone', null)[0]).toBe('$18.00 in credits restored, with no expiry')
    expect(corrected('expiring')).toEqual([
      '$18.00 in credits can be used until Jun 1, 2026',
      'We wrote to you about the expiry of credits of Nordwind Analytics: it has changed.',
      'Good news: $18.00 in credits can be used for longer',
    ])
    expect(corrected('expiring', null)[0]).toBe('$18.00 in credits will not expire')
  })

  test('of an expiry that moved within a day tell both times, and not one date twice', () => {
    const line = (told: string, expiresAt: string) => {
      const lines = linesOf(1, {
        expiresAt: new Date(expiresAt),
        told: { said: 'expiring', expiresAt: new Date(told) },
      })
      const { page, text } = read({ ...warning({ lines }), category: 'correction', timeZone: 'UTC' })
      return [page, text].map((words) => /\(before: (.+?)\)/.exec(words)?.[1])
    }
    const before = 'Jun 1, 2026 09:00'
    expect(line('2026-06-01T09:00:00Z', '2026-06-01T17:30:00Z')).toEqual([before, before])
    expect(line('2026-06-01T09:00:00Z', '2026-06-02T00:00:00Z')).toEqual([before, before])
    expect(line('2026-06-01T09:00:00Z', '2026-06-02T09:00:00Z')).toEqual(['Jun 1, 2026', 'Jun 1, 2026'])
    expect(line('2026-06-01T00:00:00Z', '2026-06-01T09:00:00Z')).toEqual(['May 31, 2026', 'May 31, 2026'])
  })

  test('take hours of one day for one day, in the reader’s zone', () => {
    const lines = [...linesOf(1), ...linesOf(1, { expiresAt: at('2026-06-01T21:00:00Z') })]
    expect(read(warning({ lines })).subject).toContain('will expire on Jun 1')
    expect(read(warning({ lines, timeZone: 'Asia/Tokyo' })).subject).toContain('will expire from Jun 1')
  })
})

describe('the days left', () => {
  test.each([
    ['2026-06-01T09:00:00Z', 'today', 'last day: today', 'Today is the last day for'],
    ['2026-05-31T22:00:00Z', 'today', 'last day: today', 'Today is the last day for'],
    ['2026-05-31T21:59:59Z', 'tomorrow', 'last day: tomorrow', 'Tomorrow is the last day for'],
    ['2026-05-30T09:00:00Z', 'in 2 days', '2 days left', '2 days are left for'],
    ['2026-05-02T09:00:00Z', 'in 30 days', '30 days left', '30 days are left for'],
  ])('on %s in Berlin: %s', (now, inHeading, inLine, inPreheader) => {
    const mail = read(warning({ now: at(now) }))
    expect(mail.heading).toBe(`$18.00 in credits will expire ${inHeading}`)
    expect(mail.preheader).toBe(`${inPreheader} Nordwind Analytics to use these credits.`)
    expectInBoth(mail, inLine)
  })

  test('are those of each line, and the heading’s those of the first', () => {
    const mail = read(warning({ lines: linesOf(3) }))
    for (const words of ['starting in 7 days', '7 days left', '8 days left', '9 days left']) expectInBoth(mail, words)
    expect(mail.preheader).toBe('7 days are left for Nordwind Analytics to use the first of these credits.')
  })

  test('are not counted once the credits are gone', () => {
    for (const words of ['left', 'last day', 'today']) expectInNeither(read(gone(PAST)), words)
  })
})

describe('the end', () => {
  const MIDNIGHT = { lines: linesOf(1, { expiresAt: at('2026-05-31T22:00:00Z') }) }

  test('is told with hour, day and zone', () => {
    expectInBoth(read(warning()), 'Can be used until 14:00 GMT+2 on Monday, June 1, 2026')
    expectInBoth(read(gone(PAST)), 'Could be used until 14:00 GMT+2 on Monday, June 1, 2026')
  })

  test('at midnight is that of the last usable day, wherever it is named', () => {
    for (const content of [warning(MIDNIGHT), gone({ ...PAST, ...MIDNIGHT })]) {
      const mail = read(content)
      expectInBoth(mail, 'until the end of Sunday, May 31, 2026 (GMT+2)')
      expect(mail.subject).toContain('on May 31, 2026')
      expectInNeither(mail, 'June 1, 2026')
    }
    expectInBoth(read(warning(MIDNIGHT)), '6 days left')
  })

  test('follows the reader’s zone and region', () => {
    const mail = read(warning({ timeZone: 'Pacific/Kiritimati', locale: 'en-GB' }))
    expect(mail.subject).toBe('US$18.00 in credits will expire on 2 Jun 2026')
    expectInBoth(mail, 'until 02:00 GMT+14 on Tuesday, 2 June 2026')
    expectInBoth(mail, '8 days left')
  })
})

describe('a line', () => {
  test.each([
    ['Developer day', 'purchased', 'Developer day', 'Purchased, granted on Jun 1, 2025'],
    ['Developer day', 'promotional', 'Developer day', 'Promotional, granted on Jun 1, 2025'],
    ['Developer day', 'goodwill', 'Developer day', 'goodwill, granted on Jun 1, 2025'],
    [null, 'purchased', 'Purchased credits', 'Purchased, granted on Jun 1, 2025'],
    [null, 'promotional', 'Promotional credits', 'Promotional, granted on Jun 1, 2025'],
    [null, 'goodwill', 'Credits', 'goodwill, granted on Jun 1, 2025'],
    [null, 'default', 'Credits', 'Granted on Jun 1, 2025'],
    [' \u200f', 'goodwill', 'Credits', 'goodwill, granted on Jun 1, 2025'],
  ])('of %s, %s, says what credits they are, whence and since when', (name, kind, title, source) => {
    const mail = read(warning({ lines: linesOf(1, { name, kind }) }))
    expect(mail.text).toContain(`* $18.00 - ${title} (7 days left) ${source} Can be used`)
    expect(mail.page).toContain(`${title} ${source} Can be used`)
  })

  test('stands where the order of the plan puts it', () => {
    const lines = ['first', 'second', 'third'].flatMap((name) => linesOf(1, { name }))
    const { page, text } = read(warning({ lines }))
    for (const written of [page, text]) expect(written).toMatch(/first.*second.*third/)
  })

  test('has its amount to the last digit', () => {
    expectInBoth(read(warning({ lines: linesOf(1, { amount: '0.000012' }) })), '$0.000012')
  })
})

describe('the totals', () => {
  test('are one for each unit, and never across units', () => {
    const lines = amounts(['18', 'USD'], ['1200', 'credits'], ['0.10', 'USD'], ['0.2', 'USD'], ['34', 'credits'])
    const { page, text } = read(warning({ lines }))
    expect(text).toContain('Total: $18.30 Total: 1,234 credits')
    expect(page).toContain('Total $18.30 Total 1,234 credits')
  })

  test('are left out of a unit that one line has, which is its own total', () => {
    expectInNeither(read(warning()), 'Total')
    expectInNeither(read(warning({ lines: amounts(['18', 'USD'], ['1200', 'credits']) })), 'Total')
    const { text } = read(warning({ lines: amounts(['18', 'USD'], ['1200', 'credits'], ['0.30', 'USD']) }))
    expect(text).toContain('Total: $18.30')
    expect(text).not.toContain('Total: 1,200 credits')
  })
})

describe('a mail of many lines', () => {
  const rowsOf = (content: MailContent) => ({
    text: renderer.render(content).text.match(/^\* /gm)?.length,
    page: renderer.render(content).html.match(/Purchased, granted on/g)?.length,
  })

  test('of 50 has them all', () => {
    const content = warning({ lines: linesOf(50) })
    expect(rowsOf(content)).toEqual({ text: 50, page: 50 })
    expectInNeither(read(content), 'more grant')
  })

  test.each([
    [51, 'and 1 more grant, included in the total below', '$918.00'],
    [1050, 'and 1,000 more grants, included in the total below', '$18,900.00'],
  ])('of %d has 50, counts the rest, and has the total of all', (count, more, total) => {
    const content = warning({ lines: linesOf(count, { expiresAt: EXPIRY }) })
    expect(rowsOf(content)).toEqual({ text: 50, page: 50 })
    const mail = read(content)
    expectInBoth(mail, more)
    expect(mail.text).toContain(`Total: ${total}`)
    expect(mail.page).toContain(`Total ${total}`)
    expect(mail.subject).toBe(`${total} in credits will expire on Jun 1, 2026`)
  })

  test('of several units has the total of a unit that none of its lines shows', () => {
    const lines = [...linesOf(50, { expiresAt: EXPIRY }), ...linesOf(2, { unit: 'credits', amount: '7' })]
    const mail = read(warning({ lines }))
    expectInBoth(mail, 'and 2 more grants, included in the totals below')
    expect(mail.text).toContain('Total: $900.00 Total: 14 credits')
    expect(mail.subject).toMatch(/^\$900\.00 in credits and more expire from /)
  })

  test('knows of an earlier or later day than its lines show', () => {
    const lines = [...linesOf(50, { expiresAt: EXPIRY }), ...linesOf(1, { expiresAt: at('2026-07-01T12:00:00Z') })]
    expect(read(warning({ lines })).subject).toContain('will expire from Jun 1')
  })
})

describe('what to do', () => {
  test('is to open the billing page, where there is one', () => {
    for (const content of [warning(), gone(PAST)]) {
      const { html, text } = renderer.render(content)
      expect(html).toContain('href="https://example.com/billing"')
      expect(text).toMatch(/^https:\/\/example\.com\/billing$/m)
      expectInBoth(read(content), 'Your billing page shows')
      expect(read(content).page).toContain('See my credits')
    }
  })

  test('is to write back, where there is none', () => {
    for (const content of [warning({ billingUrl: null }), gone({ ...PAST, billingUrl: null })]) {
      const { html, text } = renderer.render(content)
      expectInBoth(read(content), 'If you have a question, please reply to this mail.')
      expectInNeither(read(content), 'billing page')
      expect(html.match(/href="[^"]*"/g)).toEqual([`href="${content.unsubscribeUrl}"`])
      expect(text.match(/https?:\S+/g)).toEqual([content.unsubscribeUrl])
    }
  })

  test('promises nothing that is gone', () => {
    expectInBoth(read(gone(PAST)), 'can no longer be used')
    expectInNeither(read(gone(PAST)), 'nothing is lost')
  })

  test('keeps the address of a link whole, and the markup around it', () => {
    const billingUrl = `https://example.com/billing?team=a&plan="b"&${'x'.repeat(120)}`
    const { html, text } = renderer.render(warning({ billingUrl }))
    expect(html).toContain(`href="${billingUrl.replaceAll('&', '&amp;').replaceAll('"', '&#34;')}"`)
    expect(text.split('\n')).toContain(billingUrl)
  })
})

describe('the people and companies', () => {
  test.each([
    ['Ana', 'Hello Ana,'],
    [null, 'Hello,'],
    ['', 'Hello,'],
    [' \u00a0\u200f', 'Hello,'],
  ])('a recipient named %j is greeted with "%s"', (name, greeting) => {
    expectInBoth(read(warning({ recipient: { name } })), greeting)
  })

  test.each([['Nordwind Analytics'], ['acc_7']])('an account is told by its name or else its id: %s', (told) => {
    const account = { id: 'acc_7', name: told === 'acc_7' ? ' ' : told }
    const mail = read(warning({ account }))
    expectInBoth(mail, `These credits of ${told} will expire`)
    expectInBoth(mail, `you are a billing contact of ${told} at Example Billing`)
  })

  test('the sender signs with a postal address, where there is one', () => {
    const { text, html } = renderer.render(warning())
    expect(text).toMatch(/\nExample Billing\n1 Example Street, Example City\n$/)
    expect(readable(html)).toMatch(/Example Billing 1 Example Street, Example City$/)
    const without = warning({ sender: { name: 'Example Billing', postalAddress: null } })
    expect(renderer.render(without).text).toMatch(/\nExample Billing\n$/)
    expect(readable(renderer.render(without).html)).toMatch(/Example Billing$/)
  })

  test('a postal address as long as the setting allows is whole', () => {
    const postalAddress = '1 Example Street, '.repeat(20).slice(0, 299).concat('.')
    expectInBoth(read(warning({ sender: { name: 'Example Billing', postalAddress } })), oneLine(postalAddress))
  })

  test('whoever wants no more mails finds how to stop them', () => {
    for (const content of [warning(), gone(PAST)]) {
      const { text, html } = renderer.render(content)
      expect(text).toContain(`To stop these reminders, open:\n${content.unsubscribeUrl}\n`)
      expect(html).toMatch(/<a\s+href="https:\/\/example\.com\/unsubscribe\/sample"[^>]*>Stop these reminders<\/a>/)
    }
  })
})

describe('a test', () => {
  test('says so in the subject, and before anything else in the body', () => {
    for (const content of [warning(), gone(PAST)]) {
      const real = read(content)
      const tried = read({ ...content, isTest: true })
      expect(tried.subject).toBe(`Test: ${real.subject}`)
      expect(tried.text).toMatch(/^This is a test: .*No credits of yours are meant\. \$18\.00/)
      expect(tried.page).toMatch(/This is a test: .*No credits of yours are meant\. \$18\.00/)
      expectInNeither(real, 'test')
    }
  })
})

describe('the subject', () => {
  const LONG = linesOf(1, { unit: 'credits of the developer programme of 2025' })

  test('leaves out an amount that would make it too long', () => {
    expect(read(warning({ lines: LONG })).subject).toBe('Some of your credits will expire on Jun 1, 2026')
    expect(read(gone({ ...PAST, lines: LONG })).subject).toBe('Some of your credits expired on Jun 1, 2026')
    const several = [...LONG, ...linesOf(2)]
    expect(read(warning({ lines: several })).subject).toBe('Some of your credits will expire from Jun 1, 2026')
    expect(read(gone({ ...PAST, lines: several })).subject).toBe(
      'Some of your credits expired, the first on Jun 1, 2026',
    )
  })

  test('has the amount up to 60 characters, and not beyond', () => {
    const subjectOf = (unit: string) => read(warning({ lines: linesOf(1, { unit, amount: '1' }) })).subject
    expect(subjectOf('x'.repeat(31))).toBe(`1 ${'x'.repeat(31)} will expire on Jun 1, 2026`)
    expect(subjectOf('x'.repeat(31))).toHaveLength(60)
    expect(subjectOf('x'.repeat(32))).toBe('Some of your credits will expire on Jun 1, 2026')
  })

  test('of a test leaves the mark in', () => {
    expect(read(warning({ lines: LONG, isTest: true })).subject).toBe(
      'Test: Some of your credits will expire on Jun 1, 2026',
    )
  })
})

test('Subject and preheader are of the length that mailboxes show, and say different things', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 90 }),
    fc.constantFrom(...Object.values(HOSTILE_NAMES)),
  )
  const amount = fc.stringMatching(/^[1-9]\d{0,14}(\.\d{1,6})?$/)
  const unit = fc.constantFrom('USD', 'JPY', 'KWD', 'credits', 'GPU-hours of the cluster in Frankfurt')
  const mail = fc.record({
    accountName: name,
    amount,
    unit,
    count: fc.constantFrom(1, 2, 60),
    days: fc.nat(1500),
    category: fc.constantFrom('warning', 'expired'),
    isTest: fc.boolean(),
    timeZone: fc.constantFrom('UTC', 'Asia/Kolkata', 'America/St_Johns'),
  })
  fc.assert(
    fc.property(mail, ({ accountName, amount, unit, count, days, category, ...more }) => {
      const now = new Date(EXPIRY.getTime() + (category === 'warning' ? -days * DAY_MS - 1 : days * DAY_MS))
      const content = {
        ...more,
        now,
        account: { id: 'acc_1', name: accountName },
        lines: linesOf(count, { amount, unit }),
      }
      const { subject, preheader } = read(category === 'warning' ? warning(content) : gone(content))
      expect(subject.length).toBeLessThanOrEqual(60)
      expect(subject).toContain('2026')
      expect(preheader.length).toBeGreaterThanOrEqual(40)
      expect(preheader.length).toBeLessThanOrEqual(100)
      expect(preheader).not.toBe(subject)
    }),
  )
})

const inBritain = { locale: 'en-GB', timeZone: 'Europe/London' }

test.each([
  ['a warning', warning(), '$18.00', 'Jun 1, 2026', 'June 1, 2026'],
  ['a "gone" mail', gone(PAST), '$18.00', 'Jun 1, 2026', 'June 1, 2026'],
  ['a warning of several days', warning({ lines: linesOf(3) }), '$54.00', 'Jun 1, 2026', 'June 1, 2026'],
  ['a warning in Britain', warning(inBritain), 'US$18.00', '1 Jun 2026', '1 June 2026'],
  [
    'a "gone" mail of yen',
    gone({ ...PAST, lines: amounts(['120000', 'JPY']) }),
    '¥120,000',
    'Jun 1, 2026',
    'June 1, 2026',
  ],
  ['a warning of one credit', warning({ lines: amounts(['1', 'credits']) }), '1 credit', 'Jun 1, 2026', 'June 1, 2026'],
])('Amount and day of %s are the same in subject, page and text', (_what, content, amount, inSubject, inBody) => {
  const mail = read(content)
  expect(oneLine(mail.subject)).toContain(amount)
  expect(oneLine(mail.subject)).toContain(inSubject)
  expectInBoth(mail, amount)
  expectInBoth(mail, inBody)
})

const ORDINARY: readonly (readonly [what: string, content: MailContent])[] = [
  ['a warning', warning()],
  ['a "gone" mail', gone(PAST)],
  ['a warning of several days', warning({ lines: linesOf(3) })],
  ['a warning in Britain', warning(inBritain)],
  ...TRIAL_CONTENTS.map((content, index) => [`trial ${index + 1}`, content] as const),
]

describe.each([
  ...ORDINARY,
  ...Object.entries(HOSTILE_NAMES).map(([what, name]) => [`a warning with ${what}`, named(name)] as const),
])('the text of %s', (_what, content) => {
  test('has lines that every mail program shows whole, and nothing of a machine in them', () => {
    const { text } = renderer.render(content)
    const tooLong = text.split('\n').filter((line) => line.length > 76 && !/^https?:\/\/\S+$/.test(line))
    expect(tooLong).toEqual([])
    expect(text).not.toMatch(/undefined|null|NaN|\[object|Invalid Date/)
    expect(text).toMatch(/^\S[\s\S]*\S\n$/)
    expect(text).not.toMatch(/\n{3}|(?<!\n--) \n/)
  })
})

test.each(ORDINARY)('No tag, brace or escaped character is left in the text of %s', (_what, content) => {
  expect(renderer.render(content).text).not.toMatch(/[<>{}]|&\w+;|&#/)
})

describe('wrapping', () => {
  const WORD = 'enterprise-annual-commitment-of-2025-for-the-cluster'

  test('leaves a word whole that fits a line', () => {
    const { text } = renderer.render(
      warning({ account: { id: 'acc_1', name: WORD }, lines: linesOf(1, { name: `Prepaid credits of the ${WORD}` }) }),
    )
    expect(text.match(new RegExp(WORD, 'g'))).toHaveLength(3)
  })

  test('breaks no amount in two', () => {
    const lines = linesOf(1, {
      amount: '123456789012345678901234567890.01',
      name: 'Prepaid credits of the developer day',
    })
    expect(renderer.render(warning({ lines })).text).toContain('* $123,456,789,012,345,678,901,234,567,890.01')
  })

  test('breaks a word that fits no line, and loses nothing of it', () => {
    const { text } = renderer.render(warning({ account: { id: 'acc_1', name: '0123456789'.repeat(8) } }))
    expect(text.replace(/\s/g, '')).toContain('0123456789'.repeat(8))
  })

  test('keeps the lines of a grant under its bullet', () => {
    const { text } = renderer.render(warning({ lines: linesOf(1, { name: 'Prepaid credits '.repeat(5).trim() }) }))
    expect(text).toContain(
      '* $18.00 - Prepaid credits Prepaid credits Prepaid credits Prepaid credits\n  Prepaid credits (7 days left)\n  Purchased',
    )
  })
})

describe('a hostile name', () => {
  test.each([
    ['markup', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
    ['an attribute’s end', '" onmouseover="alert(1)" x="'],
    ['a closing tag', '</td></tr></table><h1>You won</h1>'],
    ['a comment', '<!-- [if mso]> --> &lt;b&gt; &amp;'],
    ['a right-to-left override', 'invoice gnp.exe'],
    ['Arabic and Latin', '\u2068شركة النجوم Stars Ltd. (٢٠٢٦)\u2069'],
    ['emoji', '👩‍👩‍👧‍👦🏳️‍🌈 Kids & Co. 🎈'],
    ['a line break', 'Acme Bcc: eve@example.com hello there'],
    ['a NUL and an escape', 'Ac me [31m'],
    ['Liquid syntax', '{{ unsubscribeUrl }}{% if x %}'],
    ['ICU syntax', "{account} {count, plural, other {#}} '{' it''s #"],
    ['half a surrogate pair', 'Acme \ufffd Inc.'],
    ['what JavaScript calls names', 'constructor'],
  ] as const)('of %s is read as %s', (what, seen) => {
    const { text, html } = renderer.render(warning({ recipient: { name: HOSTILE_NAMES[what] } }))
    expect(oneLine(text)).toContain(`Hello ${seen},`)
    expect(html).toContain(`<p>Hello ${seen.replace(/[&<>"']/g, escaped)},</p>`)
  })

  test.each(Object.entries(HOSTILE_NAMES))('of %s leaves the page and the text their structure', (_what, name) => {
    const structureOf = (content: MailContent) => {
      const { html, text } = renderer.render(content)
      return { tags: html.match(/<[a-z!/][^\s>]*/gi), bullets: text.match(/^\* /gm), marks: text.match(/^-- $/gm) }
    }
    const content = warning({ lines: linesOf(3) })
    expect(structureOf(named(name, content))).toEqual(structureOf(named('Acme', content)))
  })

  test.each(Object.entries(HOSTILE_NAMES))(
    'of %s turns no line and holds nothing that cannot be seen',
    (_what, name) => {
      for (const written of Object.values(renderer.render(named(name, warning({ lines: linesOf(3) }))))) {
        // We isolate a name that is written the other way, from its beginning to its end and nothing else.
        const turned = written.replace(/\u2068([^\u2066-\u2069]+)\u2069/g, '$1')
        expect(turned).not.toMatch(/[^\P{Cc}\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u)
        expect(written.isWellFormed()).toBe(true)
      }
    },
  )

  test.each([
    ['200 characters in one word', `${'W'.repeat(79)}…`],
    ['200 characters of emoji', `${'👩‍👩‍👧‍👦'.repeat(7)}…`],
    ['200 characters in words', `${'A very long name indeed, '.repeat(3)}A ve…`],
    ['combining marks without end', '…'],
  ] as const)('of %s is cut, between what is seen as characters', (what, seen) => {
    const { html, text } = renderer.render(warning({ recipient: { name: HOSTILE_NAMES[what] } }))
    expect(html).toContain(`<p>Hello ${seen},</p>`)
    expect(text.replace(/\s/g, '')).toContain(`Hello${seen.replace(/\s/g, '')},`)
  })

  test('of only spaces is none', () => {
    const content = named(HOSTILE_NAMES['only spaces'], warning())
    expectInBoth(read(content), 'Hello,')
    expectInBoth(read(content), `These credits of ${content.account.id} will expire`)
  })
})
