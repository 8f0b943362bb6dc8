import { validate as isCron } from 'node-cron'
import { z } from 'zod'
import { asciiDomain } from '../domain/address.ts'
import { type IsoDuration, nominalLengthMs, parseIsoDuration } from '../domain/duration.ts'
import { canonicalLocale } from '../domain/locale.ts'
import type { Rung, SendAt } from '../domain/rules.ts'
import { isTimeZone } from '../domain/zone.ts'
import { parseBillingUrl } from './billing-url.ts'

const LONGEST_MS = nominalLengthMs(parseIsoDuration('P100Y'))
const DURATION_PATTERN = '^P(?=.)(\\d+Y)?(\\d+M)?(\\d+W)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+S)?)?$'
const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/
/** Plain decimals, as Postgres' numeric takes them without loss. */
const AMOUNT = /^\d{1,20}(?:\.\d{1,20})?$/

/** Text that becomes a trusted value, or a fault. `describe` and the like reach the JSON Schema, and examples the fault. */
function parsedText<T>(
  parse: (text: string) => T,
  schema: z.core.GlobalMeta & Readonly<{ examples?: readonly string[] }> = {},
) {
  const { examples = [] } = schema
  return z
    .string({ error: examples.length === 0 ? 'must be text' : `must be text such as "${examples.join('" or "')}"` })
    .meta(schema)
    .transform((value, context): T => {
      try {
        return parse(value)
      } catch (error) {
        context.addIssue(error instanceof Error ? error.message : String(error))
        return z.NEVER
      }
    })
}

function checked<T>(isRight: boolean, value: T, fault: string): T {
  if (!isRight) throw new RangeError(fault)
  return value
}

const readDuration = (text: string): IsoDuration => {
  const duration = parseIsoDuration(text)
  const lengthMs = nominalLengthMs(duration)
  return checked(
    lengthMs > 0 && lengthMs <= LONGEST_MS,
    duration,
    `"${text}" is not longer than nothing and at most P100Y`,
  )
}

export const duration = parsedText(readDuration, { pattern: DURATION_PATTERN, examples: ['P7D', 'P1Y', 'PT12H'] })

/** A ladder, widest rung first however it was written. Two rungs of one length would be two mails about one thing. */
export const ladder = z.array(duration).transform((durations, context): readonly Rung[] => {
  const widestFirst = [...durations].sort((a, b) => nominalLengthMs(b) - nominalLengthMs(a))
  widestFirst.forEach((rung, index) => {
    const next = widestFirst[index + 1]
    if (next === undefined || Math.abs(nominalLengthMs(rung) - nominalLengthMs(next)) >= 1) return
    context.addIssue(
      rung.text === next.text
        ? `${rung.text} stands there twice`
        : `${rung.text} and ${next.text} are the same length; keep one`,
    )
  })
  return widestFirst.map((before) => ({ stage: before.text, before }))
})

export const timeZone = parsedText(
  (text) =>
    checked(isTimeZone(text), text, `"${text}" is no IANA time zone; write a name such as Europe/Berlin or UTC`),
  { examples: ['UTC', 'Europe/Berlin'] },
)

export const locale = parsedText(
  (text) => {
    const tag = canonicalLocale(text)
    if (tag === null) throw new RangeError(`"${text}" is no BCP 47 locale; write one such as en or pt-BR`)
    return tag
  },
  { examples: ['en', 'pt-BR'] },
)

export const sendAt = parsedText(
  (text): SendAt => {
    if (text === 'anytime') return text
    const [, hour, minute] = TIME_OF_DAY.exec(text) ?? []
    return checked(
      hour !== undefined,
      { hour: Number(hour), minute: Number(minute) },
      `"${text}" is neither a time of day such as "09:00" nor anytime`,
    )
  },
  { pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|anytime)$', examples: ['09:00', 'anytime'] },
)

export const schedule = parsedText(
  (text) => checked(isCron(text), text, `"${text}" is no cron expression such as "*/15 * * * *"`),
  { examples: ['*/15 * * * *'] },
)

/** Not `format: uri`: braces are none of a URI's. */
export const billingAddress = parsedText(parseBillingUrl, {
  pattern: '^https?://',
  examples: ['https://example.com/billing?account={account}'],
})

/** An exact amount. The file may hold a bare number: its text is taken as written, so that 0.50 stays 0.50. */
export const amount = parsedText(
  (text) => checked(AMOUNT.test(text), text, `"${text}" is not an amount such as 0.50, zero or more`),
  { type: ['string', 'number'], pattern: '^\\d{1,20}(\\.\\d{1,20})?$', minimum: 0 },
)

/** Mails a second, for the whole fleet: one in ten seconds at least, or a run would be taken for stuck. */
export const mailsPerSecond = z.number().min(0.1).max(100_000)

/** A rate for each recipient domain, as it is compared: in lower case and ASCII. */
export const ratesByDomain = z.record(z.string().min(1), mailsPerSecond).transform((rates, context) => {
  const byDomain = new Map<string, number>()
  for (const [name, rate] of Object.entries(rates)) {
    const domain = name === 'default' ? name : asciiDomain(name)
    if (domain === null) context.addIssue(`"${name}" is no domain such as example.com, nor default`)
    else if (byDomain.has(domain)) context.addIssue(`"${name}" stands there twice`)
    else byDomain.set(domain, rate)
  }
  return Object.fromEntries(byDomain)
})
