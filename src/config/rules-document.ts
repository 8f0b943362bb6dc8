import type { AlarmLimits } from '../domain/alarms.ts'
import { byCodeUnit } from '../domain/order.ts'
import type { Policy, Rules, SendAt } from '../domain/rules.ts'

/**
 * The rules as plain JSON in the words of `credit-reminders.yaml`, every default spelt out and every map in one order:
 * the same rules always give the same text, and the text can be read back as a rules file.
 */
export function rulesDocument(rules: Rules) {
  return {
    timeZone: rules.timeZone,
    locale: rules.locale,
    sendAt: sendAtText(rules.sendAt),
    schedule: rules.schedule,
    billingUrl: rules.billingUrl,
    policies: { ...sorted(rules.policies, policyDocument), default: policyDocument(rules.defaultPolicy) },
    minimumRemaining: sorted(rules.minimumRemaining, (amount) => amount),
    expiredWithin: rules.expiredWithin.text,
    maxEmailsPerSweep: rules.maxEmailsPerSweep,
    maxGrowth: rules.maxGrowth,
    maxGoneShare: rules.maxGoneShare,
    maxEmailsPerAddressPerDay: rules.maxEmailsPerAddressPerDay,
    maxPerSecond: rules.maxPerSecond,
    maxPerSecondPerDomain: sorted(rules.maxPerSecondPerDomain, (rate) => rate),
    unsubscribeStops: rules.unsubscribeStops,
    onUncertain: rules.onUncertain,
    keepMails: rules.keepMails?.text ?? null,
    retention: rules.retention?.text ?? null,
    alarms: alarmsDocument(rules.alarms),
  }
}

function alarmsDocument({ sweepLate, noticeLate, nothingSentFor, ...counts }: AlarmLimits) {
  return {
    sweepLate: sweepLate.text,
    noticeLate: noticeLate?.text ?? null,
    nothingSentFor: nothingSentFor?.text ?? null,
    failedMails: counts.failedMails,
    uncertainMails: counts.uncertainMails,
    withheldGrants: counts.withheldGrants,
  }
}

function policyDocument({ validity, rungs, notifyExpired, notifyCorrection, calendar, skipIfUsedUp }: Policy) {
  return {
    ...(validity !== null && { validity: validity.text }),
    warnBefore: rungs.map((rung) => rung.before.text),
    notifyExpired,
    notifyCorrection,
    calendar,
    skipIfUsedUp,
  }
}

function sendAtText(sendAt: SendAt): string {
  if (sendAt === 'anytime') return sendAt
  return [sendAt.hour, sendAt.minute].map((part) => String(part).padStart(2, '0')).join(':')
}

function sorted<V, R>(map: Readonly<Record<string, V>>, each: (value: V) => R): Record<string, R> {
  // By code unit, not by locale: the order must not depend on the machine.
  const entries = Object.entries(map).sort(([a], [b]) => byCodeUnit(a, b))
  return Object.fromEntries(entries.map(([key, value]) => [key, each(value)]))
}
