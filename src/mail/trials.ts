import { NO_OUTLOOK, type Outlook, type UnitForecast } from '../domain/outlook.ts'
import type { MailContent, MailLine } from './content.ts'
import { COUNTED_UNITS } from './phrases.ts'
import { SAMPLE_CONTENTS, SAMPLES } from './samples.ts'

/** More than a mail shows. */
const MANY_LINES = 60

const { warning, correction } = SAMPLES

function withOutlook(outlook: Partial<Outlook>): MailContent {
  return { ...warning, outlook: { ...NO_OUTLOOK, ...outlook } }
}

const FORECASTS: readonly UnitForecast[] = [
  { unit: 'USD', used: '18.00', lost: '0.00', perDay: '2.57' },
  { unit: 'USD', used: '0.00', lost: '18.00', perDay: '2.57' },
  { unit: 'credits', used: '400', lost: '800', perDay: null },
]

/** A correction whose lines now expire so, or never, and of which this was said. */
function corrected(said: 'expiring' | 'gone', expiresAt?: null): MailContent {
  const lines = correction.lines.map(
    (line): MailLine => ({
      ...line,
      ...(expiresAt === null && { expiresAt }),
      ...(line.told && { told: { ...line.told, said } }),
    }),
  )
  return { ...correction, lines }
}

/** What only some mails say: between them and the fullest and barest of each, they need every phrase of a mail. */
const VARIANTS: readonly MailContent[] = [
  ...FORECASTS.map((forecast) => withOutlook({ forecasts: [forecast] })),
  withOutlook({ kept: [{ unit: 'credits', amount: '5000', nextExpiry: null }] }),
  { ...warning, tone: 'calm' },
  { ...warning, tone: 'calm', billingUrl: null },
  corrected('gone'),
  corrected('expiring', null),
  { ...warning, lines: COUNTED_UNITS.flatMap((unit) => warning.lines.slice(0, 1).map((line) => ({ ...line, unit }))) },
]

/** With all that a mail can have. */
const FULLEST = SAMPLE_CONTENTS.map((content): MailContent => {
  const times = Math.ceil(MANY_LINES / content.lines.length)
  return { ...content, isTest: true, lines: Array.from({ length: times }, () => content.lines).flat() }
})

/** With as little as it can. */
const BAREST = SAMPLE_CONTENTS.map(
  (content): MailContent => ({
    ...content,
    lines: content.lines.slice(0, 1),
    outlook: NO_OUTLOOK,
    billingUrl: null,
    recipient: { name: null },
    sender: { ...content.sender, postalAddress: null },
  }),
)

/** The most different mails: whatever a template or a phrase has no words for shows in one of them. */
export const TRIAL_CONTENTS: readonly MailContent[] = [...FULLEST, ...VARIANTS, ...BAREST]
