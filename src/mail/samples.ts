import type { Category } from '../domain/model.ts'
import { NO_OUTLOOK } from '../domain/outlook.ts'
import type { MailContent } from './content.ts'

const MS_PER_DAY = 86_400_000

/** Stands in for a sender that no setting names. */
export const SAMPLE_SENDER = {
  from: { name: 'Example Billing', address: 'billing@example.com' },
  postalAddress: '1 Example Street, Example City',
  publicUrl: 'https://example.com',
} as const

const sample: Omit<MailContent, 'category'> = {
  tone: 'usual',
  now: new Date('2026-05-25T09:00:00Z'),
  locale: 'en',
  timeZone: 'Europe/Berlin',
  account: { id: 'acc_sample', name: 'Nordwind Analytics' },
  recipient: { name: 'Ana' },
  lines: [
    {
      grantId: 'cg_sample_1',
      name: 'Prepaid credits',
      kind: 'purchased',
      unit: 'USD',
      amount: '18.00',
      grantedAt: new Date('2025-06-01T12:00:00Z'),
      expiresAt: new Date('2026-06-01T12:00:00Z'),
    },
    {
      grantId: 'cg_sample_2',
      name: null,
      kind: 'promotional',
      unit: 'credits',
      amount: '1200',
      grantedAt: new Date('2025-12-01T12:00:00Z'),
      expiresAt: new Date('2026-06-05T22:00:00Z'),
    },
  ],
  outlook: NO_OUTLOOK,
  billingUrl: 'https://example.com/billing',
  unsubscribeUrl: 'https://example.com/unsubscribe/sample',
  sender: { name: SAMPLE_SENDER.from.name, postalAddress: SAMPLE_SENDER.postalAddress },
}

/** One of each mail, with everything that can stand in one: to try templates on, and to preview. */
export const SAMPLE_CONTENTS: readonly MailContent[] = [
  { ...sample, category: 'warning' },
  { ...sample, category: 'expired', now: new Date('2026-06-06T09:00:00Z') },
]

const MANY_LINES = 60

/** The samples with all that they can have, and with as little as they can: between them, they need every phrase. */
export const TRIAL_CONTENTS: readonly MailContent[] = SAMPLE_CONTENTS.flatMap((content) => [
  { ...content, isTest: true, lines: Array.from({ length: MANY_LINES }, () => content.lines).flat() },
  {
    ...content,
    lines: content.lines.slice(0, 1),
    billingUrl: null,
    recipient: { name: null },
    sender: { ...content.sender, postalAddress: null },
  },
])

/** The sample of a mail as it would be written at another time: its dates move along, by whole days. */
export function sampleAt(category: Category, now: Date): MailContent {
  const content = SAMPLE_CONTENTS.find((each) => each.category === category)
  if (content === undefined) throw new Error(`there is no sample of ${category}`)
  const days = Math.floor((now.getTime() - content.now.getTime()) / MS_PER_DAY)
  const moved = (date: Date) => new Date(date.getTime() + days * MS_PER_DAY)
  const lines = content.lines.map((line) => ({
    ...line,
    grantedAt: moved(line.grantedAt),
    expiresAt: line.expiresAt && moved(line.expiresAt),
  }))
  return { ...content, now, lines }
}
