import type { AccountFile } from '../domain/account-file.ts'
import { normaliseAddress } from '../domain/address.ts'
import { confirmMail } from '../domain/confirm.ts'
import type { FirstSweep } from '../domain/first-sweep.ts'
import type { Skip } from '../domain/plan.ts'
import type { PlannedMail, PlannedNotice } from '../domain/plan-mails.ts'
import { type Moment, momentAt } from '../domain/reach.ts'
import { type RowFault, rowFaultsOf } from '../domain/reader.ts'
import type { LedgerNotice } from '../domain/told.ts'
import { UsageError } from '../errors.ts'
import { accountExists, type HalfPlanned, readFilesOfMails } from '../store/account-files.ts'
import { type Database, forbidWrites, type Transaction } from '../store/database.ts'
import { dueMailPages } from '../store/outbox.ts'
import { requireRemembered } from '../store/remembered.ts'
import { databaseNow, lastSweepBefore } from '../store/sweep-ledger.ts'
import { countCandidates } from '../store/sweep-parts.ts'
import { concludeFirstSweep, countFirstSweep } from './first-sweep.ts'
import { judgeSweep } from './guard.ts'
import { seeHalfPlanned, sweepAsNeverPlanned, sweepToLetGo, withLetGo } from './half-planned.ts'
import { completionFor } from './holdings.ts'
import { planPages } from './planning.ts'
import type { OpenProgress } from './progress.ts'
import type { Ways } from './split-sweep.ts'
import { Tally } from './tally.ts'

const DRY_RUN_TIMEOUT_MS = 60 * 60_000

/** A mail that a run at the same time would send. */
export type ForeseenMail = Omit<PlannedMail, 'deadline' | 'notices'> &
  Readonly<{ accountName: string; lines: readonly ForeseenLine[] }>

export type ForeseenLine = Omit<PlannedNotice, 'dueAt'>

export type DryRun = Readonly<{
  asOf: Date
  /** Why a run would hold the sweep for approval; null where it would not. */
  heldBecause: string | null
  /** Where the run would be the ledger's first, what it would tell and what leave alone, in all accounts; else null. */
  first: FirstSweep | null
  emails: readonly ForeseenMail[]
  /** How many of them, the last ones, are mails of earlier sweeps that are tried again. */
  retried: number
  skipped: readonly Skip[]
  /** Values of accounts and contacts that could not be used, with what is done instead. */
  faults: readonly RowFault[]
}>

/**
 * What a run at the same time would do: the real run minus its effects. It takes the sweep's plan and the delivery's
 * confirmation, in a transaction that may only read.
 *
 * @throws UsageError for an account that does not exist, or for a time that the ledger no longer remembers
 */
export async function dryRun(
  setting: Ways & Readonly<{ db: Database; openProgress: OpenProgress }>,
  request: Readonly<{
    asOf: Date | null
    accountId?: string | undefined
    /** Is shown each account that the result is about, as it was read. */
    look?: (file: AccountFile, moment: Moment) => void
  }>,
): Promise<DryRun> {
  const progress = setting.openProgress('reading grants')
  const reading = setting.db.$transaction(
    async (tx) => {
      await forbidWrites(tx)
      const asOf = request.asOf ?? (await databaseNow(tx))
      const { accountId } = request
      if (accountId !== undefined && !(await accountExists(tx, accountId))) {
        throw new UsageError(`there is no account ${accountId} in billing.accounts; look its id up there`)
      }
      const planned: ForeseenMail[] = []
      const skipped = new Map<string, Skip>()
      const faults: RowFault[] = []
      const halfPlanned = await seeHalfPlanned(tx, setting)
      const neverPlanned = sweepAsNeverPlanned(halfPlanned)
      const moment = momentAt(setting.rules, asOf, await lastSweepBefore(tx, asOf, neverPlanned))
      await requireRemembered(tx, moment)
      const options = { locales: setting.locales, halfPlanned, sweepId: neverPlanned }
      progress.expect(await countCandidates(tx, moment))
      const tally = new Tally()
      const first = await countFirstSweep(tx, moment)
      for await (const page of planPages(tx, moment, options)) {
        first?.add(page)
        for (const { file, plan } of page) {
          progress.advance(file.grants.length)
          tally.add(plan)
          // Planned with all the others: an address that several accounts share has one limit a day.
          if (accountId !== undefined && file.accountId !== accountId) continue
          request.look?.(file, moment)
          for (const mail of plan.mails) planned.push({ ...mail, accountName: nameOf(file), lines: mail.notices })
          for (const skip of plan.skips) skipped.set(skip.grantId, skip)
          faults.push(...rowFaultsOf(file))
        }
      }
      const heldBecause = await judgeSweep(tx, await withLetGo(tx, tally.size(), halfPlanned), moment)
      const newlyTold = planned.flatMap((mail) => noticesOf(mail, heldBecause === null ? 'planned' : 'held'))
      const retried = await foreseeRetries(tx, { moment, newlyTold, accountId, ...options })
      for (const { lines } of retried) for (const { grantId } of lines) skipped.delete(grantId)
      return {
        asOf,
        heldBecause,
        first: first === null ? null : await concludeFirstSweep(tx, first.counts(), moment),
        emails: [...planned, ...retried],
        retried: retried.length,
        skipped: [...skipped.values()],
        faults,
      }
    },
    { timeout: DRY_RUN_TIMEOUT_MS, maxWait: DRY_RUN_TIMEOUT_MS },
  )
  return reading.finally(progress.finish)
}

/** Mails of earlier sweeps whose next try a run would make, as they would go out beside the newly planned ones. */
async function foreseeRetries(
  tx: Transaction,
  context: Readonly<{
    moment: Moment
    locales: readonly string[]
    halfPlanned: HalfPlanned | null
    accountId: string | undefined
    /** What the ledger would hold of the mails planned beside them. */
    newlyTold: readonly LedgerNotice[]
  }>,
): Promise<readonly ForeseenMail[]> {
  const newlyTold = Map.groupBy(context.newlyTold, ({ grantId }) => grantId)
  const foreseen: ForeseenMail[] = []
  const { now, rules } = context.moment
  const { accountId, halfPlanned } = context
  const resendsUncertain = rules.onUncertain === 'resend'
  const complete = await completionFor(tx, context.moment)
  const scope = { accountId, resendsUncertain, sweepToLetGo: sweepToLetGo(halfPlanned) }
  for await (const mails of dueMailPages(tx, now, scope)) {
    const files = await complete([...(await readFilesOfMails(tx, mails, halfPlanned)).values()])
    const fileOf = new Map(files.map((file) => [file.accountId, file]))
    for (const mail of mails) {
      const file = fileOf.get(mail.accountId)
      if (file === undefined) continue
      const told = [...file.told, ...mail.notices.flatMap(({ grantId }) => newlyTold.get(grantId) ?? [])]
      const { to, locale, timeZone, lines } = confirmMail(mail, { ...file, told }, context)
      if (lines.length === 0) continue
      const { accountId, contactId, category } = mail
      foreseen.push({
        accountId,
        accountName: nameOf(file),
        contactId,
        to,
        category,
        locale,
        timeZone,
        lines: lines.map(({ grant: { id, kind, name, unit }, stage, expiresAt, amount, told }) => ({
          grantId: id,
          kind,
          name,
          unit,
          stage,
          expiresAt,
          amount,
          ...(told !== undefined && { told }),
        })),
      })
    }
  }
  return foreseen
}

/** What the ledger would hold of a mail once it were planned. */
export function noticesOf(mail: ForeseenMail, state: 'planned' | 'held'): readonly LedgerNotice[] {
  return mail.lines.map(({ grantId, expiresAt, stage }) => ({
    id: 'planned',
    mailId: 'planned',
    grantId,
    contactId: mail.contactId,
    address: normaliseAddress(mail.to),
    expiresAt,
    stage,
    state,
  }))
}

function nameOf({ account, accountId }: AccountFile): string {
  return account?.name ?? accountId
}
