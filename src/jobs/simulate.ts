import { MailLog } from '../domain/mail-log.ts'
import { onFirstUse } from '../domain/memo.ts'
import { NEVER_EXPIRES } from '../domain/never.ts'
import type { Rules } from '../domain/rules.ts'
import type { SimulatedMail, Simulation, WarnedPerson } from '../domain/simulation.ts'
import { addWarned, NOBODY_WARNED, warnedOnlyBy } from '../domain/warned-difference.ts'
import { UsageError } from '../errors.ts'
import { countJointCandidates } from '../store/candidates.ts'
import { type Database, forbidWrites, type Transaction } from '../store/database.ts'
import { readPastSweeps } from '../store/past-sweeps.ts'
import { databaseNow, lastSweepBefore } from '../store/sweep-ledger.ts'
import { countAddresses } from '../store/yardsticks.ts'
import { seeHalfPlanned, sweepAsNeverPlanned } from './half-planned.ts'
import type { OpenProgress, Progress } from './progress.ts'
import { togetherPages } from './simulated-accounts.ts'
import { openSide } from './simulated-side.ts'
import type { Ways } from './split-sweep.ts'

const TIMEOUT_MS = 60 * 60_000

export type SimulationRequest = Readonly<{
  /** The first instant of the period; null: now. */
  from: Date | null
  /** Its end, outside already. */
  to: Date
  /** The rules that hold in it. */
  rules: Rules
  /** Other rules to compare with; null: none. */
  otherRules: Rules | null
}>

/** Takes what has no place in the figures, while it is worked out: account by account, each account's mails by time. */
export type SimulationListener = Readonly<{
  mail?: (mail: SimulatedMail, under: 'rules' | 'otherRules') => void
  noLongerWarned?: (person: WarnedPerson) => void
  newlyWarned?: (person: WarnedPerson) => void
}>

/**
 * Every mail that a period would bring, beginning with the ledger as it stands: the sweep's own planner at each slot of
 * the schedule at which something can have come to be due, each mail counting as sent then
 * ([decision 33](../../docs/decisions/0033-simulation.md)). It only reads, and sees one state of the database.
 *
 * @throws UsageError where the period does not end after it begins
 */
export async function simulate(
  setting: Ways & Readonly<{ db: Database; openProgress: OpenProgress }>,
  request: SimulationRequest,
  listener: SimulationListener = {},
): Promise<Simulation> {
  const progress = setting.openProgress('simulating')
  const reading = setting.db.$transaction(
    async (tx) => {
      await forbidWrites(tx)
      const from = request.from ?? (await databaseNow(tx))
      requireForwards(from, request.to, request.from === null ? 'now' : '--from')
      return simulateFrom(tx, { setting, request: { ...request, from }, listener, progress })
    },
    { isolationLevel: 'RepeatableRead', timeout: TIMEOUT_MS, maxWait: TIMEOUT_MS },
  )
  return reading.finally(progress.finish)
}

/** @throws UsageError for a period without length, or one that runs backwards */
export function requireForwards(from: Date | null, to: Date, name = '--from'): void {
  if (from === null || from < to) return
  const since =
    name === 'now'
      ? `now (${from.toISOString()}); name a later one, or --from too`
      : `--from ${from.toISOString()}; name a later one`
  throw new UsageError(`--to ${to.toISOString()} is not after ${since}`)
}

type Work = Readonly<{
  setting: Ways
  request: SimulationRequest & Readonly<{ from: Date }>
  listener: SimulationListener
  progress: Progress
}>

async function simulateFrom(tx: Transaction, { setting, request, listener, progress }: Work): Promise<Simulation> {
  const { from, to, rules, otherRules } = request
  const halfPlanned = await seeHalfPlanned(tx, setting)
  const except = sweepAsNeverPlanned(halfPlanned)
  const lookedBefore = (slot: Date) => lastSweepBefore(tx, slot, except)
  const ofSide = { from, to, locales: setting.locales, lookedBefore }
  const side = await openSide({ ...ofSide, rules })
  const other = otherRules && (await openSide({ ...ofSide, rules: otherRules }))
  const differences = { noLongerWarned: NOBODY_WARNED, newlyWarned: NOBODY_WARNED }
  const outlooks = [side, other].flatMap((each) => each?.outlook ?? [])
  progress.expect(await countJointCandidates(tx, outlooks))
  for await (const { accounts, known, grants } of togetherPages(tx, outlooks, { from, to, halfPlanned })) {
    const mails = side.simulate(accounts, new MailLog(known))
    for (const mail of mails) listener.mail?.(mail, 'rules')
    progress.advance(grants)
    if (other === null) continue
    const others = other.simulate(accounts, new MailLog(known))
    for (const mail of others) listener.mail?.(mail, 'otherRules')
    const told = accounts.flatMap(({ file }) => file.told)
    const noLonger = warnedOnlyBy({ mails, others, otherRules: otherRules ?? rules, told, to })
    const newly = warnedOnlyBy({ mails: others, others: mails, otherRules: rules, told, to })
    differences.noLongerWarned = addWarned(differences.noLongerWarned, noLonger)
    differences.newlyWarned = addWarned(differences.newlyWarned, newly)
    for (const person of noLonger.people) listener.noLongerWarned?.(person)
    for (const person of newly.people) listener.newlyWarned?.(person)
  }
  const yardsticks = {
    past: await readPastSweeps(tx, from),
    countAddresses: onFirstUse(() => countAddresses(tx, Number.POSITIVE_INFINITY)),
  }
  const last = await lastSweepBefore(tx, NEVER_EXPIRES, except)
  return {
    from,
    to,
    sweptAlready: last !== null && last >= from ? last : null,
    period: await side.conclude(yardsticks),
    compared: other && { ...(await other.conclude(yardsticks)), comparison: differences },
  }
}
