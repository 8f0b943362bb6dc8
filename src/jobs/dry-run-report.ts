import { type ExpiringUnit, ExpiringWeeks } from '../domain/expiring-weeks.ts'
import type { SkipReason } from '../domain/reasons.ts'
import { type Outcome, readChangedOutcomes } from '../store/changed-outcomes.ts'
import { readLastSweep } from '../store/last-sweep.ts'
import { rulesHash } from '../store/sweep-ledger.ts'
import { chooseSamples, likeness } from './choose-samples.ts'
import { type DryRun, dryRun, type ForeseenMail } from './dry-run.ts'
import { type RenderedMail, type RenderSetting, renderForeseen } from './foreseen-mails.ts'
import type { OpenProgress } from './progress.ts'

/** So many mails of a report are there as their readers would see them. */
const MAX_SAMPLES = 200

/** What has changed since the last real sweep. */
export type SinceLastSweep = Readonly<{
  id: string
  asOf: Date
  state: 'planned' | 'held' | 'approved' | 'discarded'
  emails: number
  /** True where the rules are others now. */
  hasOtherRules: boolean
  /** Mails that it did not plan, and those of it or earlier ones that are tried again. */
  newMails: number
  retried: number
  /** Reasons whose number of grants moved; null where the report is about one account, and the sweep was about all. */
  moved: readonly Readonly<{ reason: SkipReason; before: number; after: number }>[] | null
  /** Grants of which now another thing comes than came then, the most frequent change first. */
  changes: readonly OutcomeChange[]
}>

/** Grants that came to one thing then (null: they were not looked at), and come to another now. */
export type OutcomeChange = Readonly<{
  before: Outcome | null
  after: Outcome
  grants: readonly Readonly<{ grantId: string; accountId: string }>[]
}>

/** A rendered mail, and which of the foreseen ones it is. */
export type Sample = RenderedMail & Readonly<{ index: number }>

/** A dry run and all else that a person may want to see before a run. */
export type DryRunReport = Readonly<{
  run: DryRun
  /** Null: about all accounts. */
  accountId: string | null
  /** What goes by week; grants whose expiry is beyond the widest rung's reach were not looked at. */
  expiring: readonly ExpiringUnit[]
  samples: readonly Sample[]
  since: SinceLastSweep | null
}>

type Setting = RenderSetting & Readonly<{ openProgress: OpenProgress; monotonicMs: () => number }>

/**
 * A dry run, some of its mails as they would read, what expires by week, and what has changed since the last sweep.
 *
 * @throws UsageError for an account that does not exist
 */
export async function reportDryRun(
  setting: Setting,
  request: Readonly<{ asOf: Date | null; accountId?: string | undefined }>,
): Promise<DryRunReport> {
  const weeks = new ExpiringWeeks()
  const run = await dryRun(setting, { ...request, look: (file, moment) => weeks.add(file, moment) })
  return {
    run,
    accountId: request.accountId ?? null,
    expiring: weeks.units(),
    samples: await renderSamples(setting, run),
    since: await compareWithLast(setting, run, request.accountId === undefined),
  }
}

async function renderSamples(setting: Setting, { asOf, emails }: DryRun): Promise<readonly Sample[]> {
  const chosen = chooseSamples(emails, MAX_SAMPLES)
  const progress = setting.openProgress('rendering mails')
  progress.expect(chosen.length)
  const mails = chosen.flatMap((index) => emails[index] ?? [])
  const { monotonicMs } = setting
  try {
    const rendered = await renderForeseen(setting, { asOf, mails }, { progress, monotonicMs })
    return rendered.flatMap((mail, place) => (mail === null ? [] : [{ ...mail, index: chosen[place] ?? -1 }]))
  } finally {
    progress.finish()
  }
}

async function compareWithLast(
  { db, rulesDocument }: Setting,
  run: DryRun,
  isOfAll: boolean,
): Promise<SinceLastSweep | null> {
  const { asOf, emails, retried, skipped } = run
  const last = await readLastSweep(db, asOf)
  if (last === null) return null
  const { id, state } = last
  return {
    id,
    asOf: last.asOf,
    state,
    emails: last.emails,
    hasOtherRules: last.rulesHash !== rulesHash(rulesDocument),
    newMails: emails.length - retried,
    retried,
    moved: isOfAll ? movedReasons(last.skipped, skipped) : null,
    changes: await changedOutcomes(db, last, run),
  }
}

/** Mails that are tried again are no news of the grants in them. */
async function changedOutcomes(
  db: Setting['db'],
  last: Readonly<{ id: string; asOf: Date }>,
  { emails, retried, skipped }: DryRun,
): Promise<readonly OutcomeChange[]> {
  const mailed = emails
    .slice(0, emails.length - retried)
    .flatMap(({ accountId, lines }) => lines.map(({ grantId }) => ({ grantId, accountId, outcome: 'mailed' as const })))
  const outcomes = new Map(
    [...skipped.map(({ grantId, accountId, reason: outcome }) => ({ grantId, accountId, outcome })), ...mailed].map(
      (grant) => [grant.grantId, grant] as const,
    ),
  )
  const changed = await readChangedOutcomes(db, last, [...outcomes.values()])
  const groups = Map.groupBy(changed, ({ grantId, before }) => `${before} ${outcomes.get(grantId)?.outcome}`)
  return [...groups.values()]
    .flatMap((group): OutcomeChange[] => {
      const grants = group.flatMap(({ grantId }) => outcomes.get(grantId) ?? [])
      const [first] = group
      const after = grants[0]?.outcome
      return first === undefined || after === undefined ? [] : [{ before: first.before, after, grants }]
    })
    .toSorted((a, b) => b.grants.length - a.grants.length)
}

function movedReasons(counts: Readonly<Record<string, number>>, skipped: DryRun['skipped']) {
  const found = Map.groupBy(skipped, ({ reason }) => reason)
  const reasons = new Set([...Object.keys(counts), ...found.keys()]) as ReadonlySet<SkipReason>
  return [...reasons]
    .map((reason) => ({ reason, before: counts[reason] ?? 0, after: found.get(reason)?.length ?? 0 }))
    .filter(({ before, after }) => before !== after)
    .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
}

/** For each foreseen mail the sample that it is, or else one that reads alike; null where there is none. */
export function sampleFor({
  run,
  samples,
}: Pick<DryRunReport, 'run' | 'samples'>): (mail: ForeseenMail, index: number) => Sample | null {
  const own = new Map(samples.map((sample) => [sample.index, sample]))
  const alike = new Map<string, Sample>()
  for (const sample of samples.toReversed()) {
    const mail = run.emails[sample.index]
    if (mail !== undefined) alike.set(likeness(mail), sample)
  }
  return (mail, index) => own.get(index) ?? alike.get(likeness(mail)) ?? null
}
