import { z } from 'zod'
import { SUPPRESSION_SCOPES } from '../domain/model.ts'
import { retentionFault } from '../domain/retention.ts'
import type { Policy, Rules } from '../domain/rules.ts'
import { alarmLimits } from './alarm-schema.ts'
import { DEFAULT_LADDER, DEFAULT_POLICIES, DEFAULTS } from './default-rules.ts'
import {
  amount,
  billingAddress,
  duration,
  ladder,
  locale,
  mailsPerSecond,
  ratesByDomain,
  schedule,
  sendAt,
  timeZone,
} from './rules-values.ts'

const wholeNumber = (lowest: number) => z.int().min(lowest).max(1_000_000_000)

const policy = z
  .strictObject({
    validity: duration
      .optional()
      .describe('Life of a grant that states no expiry of its own; without it, such a grant never expires.'),
    warnBefore: ladder
      .prefault(DEFAULT_LADDER)
      .describe('How long before the expiry a warning is due. An empty list: no warnings.'),
    notifyExpired: z.boolean().default(true).describe('Whether a mail follows once the credits are gone.'),
    notifyCorrection: z
      .boolean()
      .default(true)
      .describe('Whether a mail follows where an expiry, of which somebody was told, moves to later.'),
    calendar: z
      .boolean()
      .default(false)
      .describe('Whether mails bring a calendar file with the expiry, which later ones move or cancel.'),
    skipIfUsedUp: z
      .boolean()
      .default(false)
      .describe(
        'Whether warnings but the last are spared of what will be used in time at the pace of the last 28 days.',
      ),
  })
  .transform(
    ({ validity, warnBefore, notifyExpired, notifyCorrection, calendar, skipIfUsedUp }): Policy => ({
      validity: validity ?? null,
      rungs: warnBefore,
      notifyExpired,
      notifyCorrection,
      calendar,
      skipIfUsedUp,
    }),
  )

/** Named kinds replace the built-in ones together; only `default`, which every grant can fall back to, is always there. */
const policies = z.record(z.string().min(1), policy).transform((kinds) => {
  const { default: defaultPolicy = policy.parse(DEFAULT_POLICIES.default), ...named } = kinds
  return { policies: named, defaultPolicy }
})

/** `credit-reminders.yaml`, as people write it; what comes out is the domain's `Rules`. */
export const rulesSchema = z
  .strictObject({
    timeZone: timeZone
      .prefault(DEFAULTS.timeZone)
      .describe('IANA zone used where neither contact nor account has one.'),
    locale: locale.prefault(DEFAULTS.locale).describe('BCP 47 locale used where neither contact nor account has one.'),
    sendAt: sendAt
      .prefault(DEFAULTS.sendAt)
      .describe('Local time of day at which mails go out, or anytime: as soon as due.'),
    schedule: schedule.prefault(DEFAULTS.schedule).describe('When the service sweeps: a cron expression in UTC.'),
    billingUrl: billingAddress
      .nullish()
      .describe(
        'Where a reader uses or buys credits; {account}, {contact}, {grant} and {category} are filled in. Without it, mails say to contact the sender.',
      ),
    policies: policies
      .prefault(DEFAULT_POLICIES)
      .describe('By kind of grant. Kinds not named here fall back to default.'),
    minimumRemaining: z
      .record(z.string().min(1), amount)
      .prefault(DEFAULTS.minimumRemaining)
      .describe('Per unit: nothing is sent about less than this.'),
    expiredWithin: duration.prefault(DEFAULTS.expiredWithin).describe('An expiry older than this is no news.'),
    maxEmailsPerSweep: wholeNumber(0)
      .default(DEFAULTS.maxEmailsPerSweep)
      .describe('A sweep that would send more is held until a person approves it.'),
    maxGrowth: z
      .number()
      .gt(1)
      .max(1_000_000)
      .nullable()
      .default(DEFAULTS.maxGrowth)
      .describe('Likewise one of over 100 mails that plans more than so many times what recent sweeps did. null: off.'),
    maxGoneShare: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .default(DEFAULTS.maxGoneShare)
      .describe(
        'Likewise one of over 100 mails that tells more than this share of all addresses of an end. null: off.',
      ),
    maxEmailsPerAddressPerDay: wholeNumber(1)
      .default(DEFAULTS.maxEmailsPerAddressPerDay)
      .describe('Mails beyond this to one address within 24 hours wait.'),
    maxPerSecond: mailsPerSecond
      .nullish()
      .transform((rate) => rate ?? null)
      .describe('How many mails all processes together send in a second. Without it: as many as they can.'),
    maxPerSecondPerDomain: ratesByDomain
      .prefault({})
      .describe('The same to one recipient domain, by its name; default is for each domain not named.'),
    unsubscribeStops: z
      .enum(SUPPRESSION_SCOPES)
      .default(DEFAULTS.unsubscribeStops)
      .describe('What one click on "unsubscribe" stops: all mails, or warnings, so that the final notice still goes.'),
    onUncertain: z
      .enum(['resend', 'hold'])
      .default(DEFAULTS.onUncertain)
      .describe('What becomes of a mail whose sender died while sending it.'),
    keepMails: duration
      .nullable()
      .prefault(DEFAULTS.keepMails)
      .describe('For how long a mail is kept as it was handed over, to prove notice. null: only its hash is.'),
    retention: duration
      .nullish()
      .transform((length) => length ?? null)
      .describe('For how long the ledger keeps mails and decisions; then only counts are left. null: for good.'),
    alarms: alarmLimits.prefault({}).describe('When a person is to be told that something is wrong.'),
  })
  .transform(
    ({ policies, billingUrl, ...rules }): Rules => ({
      ...rules,
      ...policies,
      billingUrl: billingUrl ?? null,
      allowedRecipients: null,
    }),
  )
  .superRefine((rules, context) => {
    const fault = retentionFault(rules)
    if (fault !== null) context.addIssue({ code: 'custom', path: ['retention'], message: fault })
  })

/** The names that may stand at the top of the file, and in a policy: what a misspelt one is compared with. */
export const RULES_SETTINGS = Object.keys(rulesSchema.in.shape)
export const POLICY_SETTINGS = Object.keys(policy.in.shape)
