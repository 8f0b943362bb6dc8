import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { buildMessage } from '../src/mail/message.ts'
import { createRenderer, type Renderer } from '../src/mail/render.ts'
import { SAMPLES } from '../src/mail/samples.ts'
import { messageSource } from '../src/mail/source.ts'
import { templatesFolder } from '../src/paths.ts'
import { count, type Figure, known, median, promised } from './figures.ts'

const WARM_UP_MAILS = 3000
const MAILS_A_ROUND = 3000
const ROUNDS = 3
const TARGET_ENGLISH = 5000
const TARGET_SLOWEST = 3000
const FEWER_MAILS = 100_000
const MORE_MAILS = 1_000_000
/** What the heap may grow by between the two, before it is called growth. */
const FLAT_MIB = 5
const MS_PER_HOUR = 3_600_000
const MS_PER_SECOND = 1000

/** Complete mails a second in one process: subject, page, text, headers and encoded source; and whether memory stays. */
export async function benchRendering(): Promise<readonly Figure[]> {
  const renderer = await createRenderer(templatesFolder)
  const rates = renderer.locales.map((locale) => ({ locale, rate: rateOf(renderer, locale) }))
  const english = rates.find(({ locale }) => locale === 'en')?.rate ?? 0
  const slowest = rates.reduce((a, b) => (b.rate < a.rate ? b : a))
  const few = memoryAfter(renderer, { from: 0, to: FEWER_MAILS })
  const many = memoryAfter(renderer, { from: FEWER_MAILS, to: MORE_MAILS })
  const perSecond = (rate: number) => `${count(rate)} mails/s`
  return [
    promised('rendering, in English', `≥ ${count(TARGET_ENGLISH)}/s`, perSecond(english), english >= TARGET_ENGLISH),
    promised(
      `rendering, in the slowest of ${rates.length} languages (${slowest.locale})`,
      `≥ ${count(TARGET_SLOWEST)}/s`,
      perSecond(slowest.rate),
      slowest.rate >= TARGET_SLOWEST,
    ),
    known('rendering, the median of all languages', perSecond(median(rates.map(({ rate }) => rate)))),
    known(`heap after ${count(FEWER_MAILS)} mails in all languages`, `${few.heapMiB.toFixed(1)} MiB`),
    promised(
      `heap after ${count(MORE_MAILS)}`,
      `≤ ${FLAT_MIB} MiB more`,
      `${many.heapMiB.toFixed(1)} MiB`,
      many.heapMiB <= few.heapMiB + FLAT_MIB,
    ),
    known('resident memory, after the one and the other', `${count(few.residentMiB)}, ${count(many.residentMiB)} MiB`),
  ]
}

/** Mails a second: the median of some rounds, after one to warm up. */
function rateOf(renderer: Renderer, locale: string): number {
  for (let index = 0; index < WARM_UP_MAILS; index++) writeMail(renderer, locale, index)
  const rates = Array.from({ length: ROUNDS }, (_, round) => {
    const startedAt = performance.now()
    for (let index = 0; index < MAILS_A_ROUND; index++) writeMail(renderer, locale, round * MAILS_A_ROUND + index)
    return (MAILS_A_ROUND * MS_PER_SECOND) / (performance.now() - startedAt)
  })
  return median(rates)
}

type Memory = Readonly<{ heapMiB: number; residentMiB: number }>

function memoryAfter(renderer: Renderer, mails: Readonly<{ from: number; to: number }>): Memory {
  const { locales } = renderer
  for (let index = mails.from; index < mails.to; index++) {
    writeMail(renderer, locales[index % locales.length] ?? 'en', index)
  }
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  const { heapUsed, rss } = process.memoryUsage()
  return { heapMiB: heapUsed / 2 ** 20, residentMiB: rss / 2 ** 20 }
}

/** A warning of two grants with a forecast, as no other: names, amounts and hours are its own. */
function writeMail(renderer: Renderer, locale: string, index: number): Buffer {
  const sample = SAMPLES.warning
  const content = {
    ...sample,
    locale,
    account: { id: `acc_${index}`, name: `Nordwind Analytics ${index}` },
    recipient: { name: `Ana ${index}` },
    lines: sample.lines.map((line) => ({
      ...line,
      amount: ((index % 100_000) / 100 + 1).toFixed(2),
      expiresAt: line.expiresAt && new Date(line.expiresAt.getTime() + (index % 72) * MS_PER_HOUR),
    })),
    unsubscribeUrl: `${sample.unsubscribeUrl}-${index}`,
  }
  const { unsubscribeUrl, now } = content
  return messageSource(
    buildMessage({
      messageId: `<${index}@example.com>`,
      to: { name: content.recipient.name, address: `ana-${index}@example.com` },
      from: { name: 'Example Billing', address: 'billing@example.com' },
      replyTo: null,
      rendered: renderer.render(content),
      stream: { kind: 'warning', locale },
      unsubscribeUrl,
      now,
    }),
  )
}
