/** The rules of a company that states none, in the words of `credit-reminders.yaml`; the example file repeats them, and a test holds the two together. */
export const DEFAULT_LADDER = ['P30D', 'P7D', 'P1D']

export const DEFAULT_POLICIES = {
  purchased: { validity: 'P1Y', warnBefore: ['P60D', 'P30D', 'P7D', 'P1D'] },
  promotional: { validity: 'P6M', warnBefore: DEFAULT_LADDER },
  default: { warnBefore: DEFAULT_LADDER },
}

export const DEFAULT_ALARMS = {
  sweepLate: 'PT10M',
  noticeLate: 'PT2H',
  nothingSentFor: 'P1D',
  failedMails: 1,
  uncertainMails: 1,
  withheldGrants: 1,
} as const

export const DEFAULTS = {
  timeZone: 'UTC',
  locale: 'en',
  sendAt: '09:00',
  schedule: '*/15 * * * *',
  minimumRemaining: { USD: '0.50' },
  expiredWithin: 'P7D',
  maxEmailsPerSweep: 5000,
  maxGrowth: 5,
  maxGoneShare: 0.2,
  maxEmailsPerAddressPerDay: 4,
  unsubscribeStops: 'all',
  onUncertain: 'resend',
  keepMails: 'P180D',
} as const
