import type { MailContent } from './content.ts'

const sample: Omit<MailContent, 'category'> = {
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
  billingUrl: 'https://example.com/billing',
  unsubscribeUrl: 'https://example.com/unsubscribe/sample',
  sender: { name: 'Example Billing', postalAddress: '1 Example Street, Example City' },
}

/** One of each mail, with everything that can stand in one: to try templates on, and to preview. */
export const SAMPLE_CONTENTS: readonly MailContent[] = [
  { ...sample, category: 'warning' },
  { ...sample, category: 'expired', now: new Date('2026-06-06T09:00:00Z') },
]
