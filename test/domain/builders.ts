import type { AccountFile, PlanContext } from '../../src/domain/account-file.ts'
import { parseIsoDuration } from '../../src/domain/duration.ts'
import type { Account, Contact, CreditGrant } from '../../src/domain/model.ts'
import { momentAt } from '../../src/domain/reach.ts'
import type { Policy, Rules } from '../../src/domain/rules.ts'

export function at(text: string): Date {
  const instant = new Date(text)
  if (Number.isNaN(instant.getTime())) throw new Error(`${text} is no instant`)
  return instant
}

export function policy(
  warnBefore: readonly string[],
  more: {
    validity?: string
    notifyExpired?: boolean
    skipIfUsedUp?: boolean
    notifyCorrection?: boolean
    calendar?: boolean
  } = {},
): Policy {
  return {
    validity: more.validity === undefined ? null : parseIsoDuration(more.validity),
    rungs: warnBefore.map((stage) => ({ stage, before: parseIsoDuration(stage) })),
    notifyExpired: more.notifyExpired ?? true,
    skipIfUsedUp: more.skipIfUsedUp ?? false,
    notifyCorrection: more.notifyCorrection ?? true,
    calendar: more.calendar ?? false,
  }
}

export function someRules(more: Partial<Rules> = {}): Rules {
  return {
    timeZone: 'UTC',
    locale: 'en',
    sendAt: { hour: 9, minute: 0 },
    schedule: '*/15 * * * *',
    billingUrl: 'https://example.com/billing',
    keepMails: null,
    retention: null,
    policies: {
      purchased: policy(['P60D', 'P30D', 'P7D', 'P1D'], { validity: 'P1Y' }),
      promotional: policy(['P30D', 'P7D', 'P1D'], { validity: 'P6M' }),
    },
    defaultPolicy: policy(['P30D', 'P7D', 'P1D']),
    minimumRemaining: { USD: '0.50' },
    expiredWithin: parseIsoDuration('P7D'),
    maxEmailsPerSweep: 5000,
    maxGrowth: 5,
    maxGoneShare: 0.2,
    maxEmailsPerAddressPerDay: 4,
    maxPerSecond: null,
    maxPerSecondPerDomain: {},
    unsubscribeStops: 'all',
    onUncertain: 'resend',
    alarms: {
      sweepLate: parseIsoDuration('PT10M'),
      noticeLate: parseIsoDuration('PT2H'),
      nothingSentFor: parseIsoDuration('P1D'),
      failedMails: 1,
      uncertainMails: 1,
      withheldGrants: 1,
    },
    allowedRecipients: null,
    ...more,
  }
}

export function someGrant(more: Partial<CreditGrant> = {}): CreditGrant {
  return {
    id: 'cg_1',
    accountId: 'acc_1',
    kind: 'purchased',
    name: 'Prepaid credits',
    unit: 'USD',
    amount: '100.00',
    remaining: '18.00',
    priority: 0,
    grantedAt: at('2025-06-01T12:00:00Z'),
    effectiveAt: null,
    expiresAt: at('2026-06-01T12:00:00Z'),
    voidedAt: null,
    expiredAmount: null,
    ...more,
  }
}

export function someAccount(more: Partial<Account> = {}): Account {
  return { id: 'acc_1', name: 'Acme', timeZone: null, locale: null, closedAt: null, ...more }
}

export function someContact(more: Partial<Contact> = {}): Contact {
  return {
    id: 'con_1',
    accountId: 'acc_1',
    email: 'ana@example.com',
    name: 'Ana',
    locale: null,
    timeZone: null,
    receivesBillingEmail: true,
    optedOut: null,
    suppressed: null,
    ...more,
  }
}

export function someFile(more: Partial<AccountFile> = {}): AccountFile {
  return {
    accountId: 'acc_1',
    account: someAccount(),
    contacts: [someContact()],
    grants: [someGrant()],
    told: [],
    ...more,
  }
}

export function contextAt(now: Date, rules: Rules = someRules()): PlanContext {
  return { moment: momentAt(rules, now), locales: ['en'], mailsToday: () => 0 }
}
