import type { Outlook, UnitForecast } from '../domain/outlook.ts'
import { MS_PER_DAY } from '../domain/zone.ts'
import { MAIL_KINDS, type MailContent, type MailKind, type MailLine } from './content.ts'

/** Stands in for a sender that no setting names. */
export const SAMPLE_SENDER = {
  from: { name: 'Example Billing', address: 'billing@example.com' },
  postalAddress: '1 Example Street, Example City',
  publicUrl: 'https://example.com',
} as const

const PREPAID: MailLine = {
  grantId: 'cg_sample_1',
  name: 'Prepaid credits',
  kind: 'purchased',
  unit: 'USD',
  amount: '18.00',
  grantedAt: new Date('2025-06-01T12:00:00Z'),
  expiresAt: new Date('2026-06-01T12:00:00Z'),
}
/** At the end of a day in the sample's zone. */
const PROMOTION: MailLine = {
  grantId: 'cg_sample_2',
  name: null,
  kind: 'promotional',
  unit: 'credits',
  amount: '1200',
  grantedAt: new Date('2025-12-01T12:00:00Z'),
  expiresAt: new Date('2026-06-05T22:00:00Z'),
}

const FORECAST: UnitForecast = { unit: 'USD', used: '11.00', lost: '7.00', perDay: '2.57' }
const OUTLOOK: Outlook = {
  forecasts: [FORECAST],
  kept: [{ unit: 'USD', amount: '40.00', nextExpiry: new Date('2026-09-01T12:00:00Z') }],
}

const sample: Omit<MailContent, 'category' | 'now'> = {
  tone: 'usual',
  locale: 'en',
  timeZone: 'Europe/Berlin',
  account: { id: 'acc_sample', name: 'Nordwind Analytics' },
  recipient: { name: 'Ana' },
  lines: [PREPAID, PROMOTION],
  outlook: OUTLOOK,
  billingUrl: 'https://example.com/billing',
  unsubscribeUrl: 'https://example.com/unsubscribe/sample',
  sender: { name: SAMPLE_SENDER.from.name, postalAddress: SAMPLE_SENDER.postalAddress },
}

const LATER = { [PREPAID.grantId]: '2026-09-01T12:00:00Z', [PROMOTION.grantId]: '2026-12-05T23:00:00Z' }

/** One of each mail, with what usually stands in one: to try templates on, and to preview. */
export const SAMPLES: Readonly<Record<MailKind, MailContent>> = {
  warning: { ...sample, category: 'warning', now: new Date('2026-05-25T09:00:00Z') },
  last: { ...sample, category: 'warning', tone: 'last', now: new Date('2026-05-31T09:00:00Z') },
  expired: {
    ...sample,
    category: 'expired',
    now: new Date('2026-06-06T09:00:00Z'),
    outlook: { ...OUTLOOK, forecasts: [] },
  },
  correction: {
    ...sample,
    category: 'correction',
    now: new Date('2026-05-27T09:00:00Z'),
    lines: sample.lines.map((line) => movedTo(new Date(LATER[line.grantId] ?? 0), line)),
    outlook: { forecasts: [], kept: [] },
  },
}

export const SAMPLE_CONTENTS: readonly MailContent[] = MAIL_KINDS.map((kind) => SAMPLES[kind])

/** A line of a correction: what was to expire expires later. */
function movedTo(expiresAt: Date, line: MailLine): MailLine {
  return { ...line, expiresAt, told: { said: 'expiring', expiresAt: line.expiresAt ?? new Date(0) } }
}

/** The sample of a mail as it would be written at another time: its dates move along, by whole days. */
export function sampleAt(kind: MailKind, now: Date): MailContent {
  const content = SAMPLES[kind]
  const days = Math.floor((now.getTime() - content.now.getTime()) / MS_PER_DAY)
  const moved = (date: Date) => new Date(date.getTime() + days * MS_PER_DAY)
  const lines = content.lines.map(({ told, ...line }) => ({
    ...line,
    grantedAt: moved(line.grantedAt),
    expiresAt: line.expiresAt && moved(line.expiresAt),
    ...(told && { told: { ...told, expiresAt: moved(told.expiresAt) } }),
  }))
  const kept = content.outlook.kept.map((each) => ({ ...each, nextExpiry: each.nextExpiry && moved(each.nextExpiry) }))
  return { ...content, now, lines, outlook: { ...content.outlook, kept } }
}
