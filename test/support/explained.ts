import { z } from 'zod'
import { accountJson } from '../../src/cli/explain-account-json.ts'
import { accountText } from '../../src/cli/explain-account-text.ts'
import { addressJson } from '../../src/cli/explain-address-json.ts'
import { addressText } from '../../src/cli/explain-address-text.ts'
import { openForReading } from '../../src/compose-ledger.ts'
import { explainAccount } from '../../src/jobs/explain/account.ts'
import { explainAddress } from '../../src/jobs/explain/address.ts'
import type { Program } from './program.ts'

/** `explain --account ID --as-of T`, in this process and in both forms; the documents are held to `docs/json.md`. */
export async function explainedAccount({ env }: Pick<Program, 'env'>, accountId: string, at: string | null = null) {
  await using setting = await openForReading(env)
  const found = await explainAccount(setting, { accountId, asOf: at === null ? null : new Date(at) })
  if (found === null) throw new Error(`there is no account ${accountId}`)
  return { text: accountText(found), json: accountDocument.parse(JSON.parse(JSON.stringify(accountJson(found)))) }
}

/** `explain --email ADDRESS --as-of T`, likewise. */
export async function explainedAddress({ env }: Pick<Program, 'env'>, address: string, at: string | null = null) {
  await using setting = await openForReading(env)
  const found = await explainAddress(setting, { address, asOf: at === null ? null : new Date(at) })
  return { text: addressText(found), json: addressDocument.parse(JSON.parse(JSON.stringify(addressJson(found)))) }
}

const instant = z.iso.datetime()
const scope = z.enum(['all', 'warnings'])
const rules = z.strictObject({
  from: z.enum(['ledger', 'file']),
  hash: z.string().regex(/^[\da-f]{64}$/),
  since: instant.nullable(),
  differing: z.array(z.string()),
  isUnreadable: z.boolean(),
})
const noted = z.strictObject({ expiresAt: instant.nullable(), remaining: instant.nullable() })

const coming = { timeZone: z.string(), stage: z.string(), dueAt: instant }
const none = { timeZone: z.string(), reason: z.string().nullable() }
const nextSteps = <S extends z.core.$ZodShape>(whose: S) =>
  z.array(
    z.union([
      z.strictObject({ ...whose, kind: z.enum(['due', 'ahead', 'waiting', 'held']), ...coming }),
      z.strictObject({ ...whose, kind: z.literal('nothing'), ...none }),
    ]),
  )

const suppression = { reason: z.string(), scope, source: z.string(), since: instant }
const optOut = { scope, source: z.enum(['one-click', 'page', 'mail', 'link']), since: instant }
const whom = { contact: z.string(), to: z.string() }
const kept = {
  suppressions: z.array(z.strictObject({ ...whom, ...suppression })),
  optOuts: z.array(z.strictObject({ ...whom, ...optOut })),
  lifted: z.strictObject({
    suppressions: z.array(z.strictObject({ ...whom, ...suppression, until: instant })),
    optOuts: z.array(z.strictObject({ ...whom, ...optOut, until: instant })),
  }),
}

const notice = {
  stage: z.string(),
  contact: z.string(),
  state: z.enum(['planned', 'held', 'sent', 'dropped', 'failed', 'discarded']),
  reason: z.string().nullable(),
  expiresAt: instant.nullable(),
  unit: z.string(),
  amount: z.string(),
}
const mail = {
  id: z.string(),
  sweep: z.string(),
  to: z.string(),
  state: z.string(),
  messageId: z.string(),
  sentAt: instant.nullable(),
  retried: z.strictObject({ at: instant, after: z.string() }).nullable(),
  attempts: z.array(
    z.strictObject({
      at: instant,
      outcome: z.string(),
      stage: z.string(),
      replyCode: z.int().nullable(),
      reply: z.string(),
    }),
  ),
  reports: z.array(
    z.strictObject({
      at: instant,
      kind: z.enum(['failed', 'delayed', 'complaint', 'other']),
      status: z.string().nullable(),
      diagnostic: z.string().nullable(),
      source: z.enum(['mailbox', 'webhook']),
    }),
  ),
}

const top = { asOf: instant, isPast: z.boolean(), rules }

/** The document of `explain GRANT`, with nothing else in it. */
export const grantDocument = z.strictObject({
  ...top,
  grant: z.string(),
  account: z.string(),
  fault: z.string().nullable(),
  expiresAt: instant.nullable(),
  unit: z.string().nullable(),
  remaining: z.string().nullable(),
  noted,
  reason: z.string().nullable(),
  stages: z.array(
    z.strictObject({
      stage: z.string(),
      dueAt: instant,
      contact: z.string(),
      to: z.string(),
      timeZone: z.string(),
      standing: z.enum([
        'planned',
        'held',
        'sent',
        'failed',
        'discarded',
        'due',
        'ahead',
        'closed',
        'missed',
        'before-life',
        'not-told',
      ]),
      reason: z.string().optional(),
    }),
  ),
  next: nextSteps(whom),
  notices: z.array(z.strictObject({ ...notice, mail: z.strictObject(mail) })),
  decisions: z.array(z.strictObject({ at: instant, reason: z.string(), detail: z.string().nullable() })),
  ...kept,
})

const accountDocument = z.strictObject({
  ...top,
  account: z.string(),
  name: z.string().nullable(),
  closedAt: instant.nullable(),
  contacts: z.array(
    z.strictObject({
      ...whom,
      receives: z.strictObject({ warning: z.boolean(), expired: z.boolean() }),
      reasons: z.strictObject({ warning: z.string().nullable(), expired: z.string().nullable() }),
    }),
  ),
  ...kept,
  grants: z.array(
    z.strictObject({
      grant: z.string(),
      fault: z.string().nullable(),
      name: z.string().nullable(),
      kind: z.string().nullable(),
      unit: z.string().nullable(),
      amount: z.string().nullable(),
      remaining: z.string().nullable(),
      expiresAt: instant.nullable(),
      noted,
      reason: z.string().nullable(),
      notices: z.array(
        z.strictObject({
          ...notice,
          mail: z.string(),
          to: z.string(),
          sentAt: instant.nullable(),
          messageId: z.string(),
        }),
      ),
      lastDecision: z.strictObject({ at: instant, reason: z.string() }).nullable(),
      next: nextSteps(whom),
    }),
  ),
})

const wish = { account: z.string(), contact: z.string().nullable(), ...optOut }

const addressDocument = z.strictObject({
  ...top,
  to: z.string(),
  isDeliverable: z.boolean(),
  isKnown: z.boolean(),
  suppressions: z.array(z.strictObject(suppression)),
  optOuts: z.array(z.strictObject(wish)),
  lifted: z.strictObject({
    suppressions: z.array(z.strictObject({ ...suppression, until: instant })),
    optOuts: z.array(z.strictObject({ ...wish, until: instant })),
  }),
  contacts: z.array(
    z.strictObject({
      account: z.string(),
      contact: z.string(),
      name: z.string().nullable(),
      hasItNow: z.boolean(),
      reasons: z.strictObject({ warning: z.string().nullable(), expired: z.string().nullable() }).nullable(),
      next: nextSteps({ grant: z.string() }),
      nothing: z.array(z.strictObject({ reason: z.string().nullable(), grants: z.int() })),
    }),
  ),
  accountsLeftOut: z.int(),
  mails: z.array(
    z.strictObject({
      ...mail,
      account: z.string(),
      contact: z.string(),
      category: z.enum(['warning', 'expired', 'correction']),
      plannedAt: instant,
      notices: z.array(z.strictObject({ grant: z.string(), ...notice })),
    }),
  ),
})
