import type { AccountFile, Holdings } from '../domain/account-file.ts'
import { allPolicies, type Policy, policyFor, type Rules } from '../domain/rules.ts'
import type { Logger } from '../logger.ts'
import type { Database, Transaction } from '../store/database.ts'
import { readHoldings, type UsageReader, withHoldings } from '../store/holdings.ts'
import { type AskedUnits, canReadUsage, readUsage, type Usage } from '../store/usage.ts'

/** A view that takes longer for the accounts of some mails is not waited for: a forecast is worth no late mail. */
const USAGE_TIMEOUT_MS = 10_000
/** Waiting for a connection is no fault of the view's. */
const CONNECTION_TIMEOUT_MS = 60_000
/** After a fault, usage is left alone for so long. */
const UNTRIED_FOR_MS = 10 * 60_000

/** Reads what accounts hold at a time. */
export type HoldingsReader = (accountIds: readonly string[], now: Date) => Promise<ReadonlyMap<string, Holdings>>

/**
 * Reads what the accounts of mails on their way out hold. Whether there is usage to read is looked at once, at the
 * start. Where reading it fails or takes long, the mails go out without a forecast: it is optional, and stops nobody's.
 *
 * @param monotonicMs a clock that only goes forward
 */
export async function openHoldings(
  { db, log }: Readonly<{ db: Database; log: Logger }>,
  monotonicMs: () => number,
): Promise<HoldingsReader> {
  const isThere = await canReadUsage(db)
  let untriedUntil = Number.NEGATIVE_INFINITY
  const readOrNone = async (asked: AskedUnits, now: Date): Promise<Usage> => {
    if (monotonicMs() < untriedUntil) return new Map()
    try {
      return await readUsageInTime(db, asked, now)
    } catch (error) {
      untriedUntil = monotonicMs() + UNTRIED_FOR_MS
      log.warn({ err: error }, 'billing.credit_usage could not be read: mails go out without a forecast')
      return new Map()
    }
  }
  return (accountIds, now) =>
    readHoldings(db, accountIds, { now, readUsage: isThere ? (asked) => readOrNone(asked, now) : null })
}

function readUsageInTime(db: Database, asked: AskedUnits, now: Date): Promise<Usage> {
  return db.$transaction(
    async (tx) => {
      await tx.$executeRawUnsafe(`SET LOCAL statement_timeout = ${USAGE_TIMEOUT_MS}`)
      return readUsage(tx, asked, now)
    },
    { timeout: 3 * USAGE_TIMEOUT_MS, maxWait: CONNECTION_TIMEOUT_MS },
  )
}

/** Reads usage within a transaction, where there is any: for a plan or a preview, which a fault of it ends. */
export async function usageReaderFor(tx: Transaction, now: Date): Promise<UsageReader> {
  return (await canReadUsage(tx)) ? (asked) => readUsage(tx, asked, now) : null
}

/** Completes accounts by what a decision about them depends on. */
export type Completion = (files: readonly AccountFile[]) => Promise<readonly AccountFile[]>

/**
 * How accounts are completed by what they hold, for decisions within a transaction: those with a grant whose policy
 * says `skipIfUsedUp`. Where no policy does, nothing is read, and planning takes as long as ever.
 */
export async function completionFor(
  tx: Transaction,
  { rules, now }: Readonly<{ rules: Rules; now: Date }>,
): Promise<Completion> {
  const asks = ({ skipIfUsedUp }: Policy) => skipIfUsedUp
  const isAsked = allPolicies(rules).some(asks)
  const readUsage = isAsked ? await usageReaderFor(tx, now) : null
  if (readUsage === null) return async (files) => files
  const depends = ({ grants }: AccountFile) =>
    grants.some((grant) => !('fault' in grant) && asks(policyFor(rules, grant.kind)))
  return async (files) => {
    const completed = await withHoldings(tx, files.filter(depends), { now, readUsage })
    const byId = new Map(completed.map((file) => [file.accountId, file]))
    return files.map((file) => byId.get(file.accountId) ?? file)
  }
}
