import { type SettingDifference, settingDifferences } from '../config/rules-difference.ts'
import { describeQuiet } from '../domain/quiet-period.ts'
import type { Rules } from '../domain/rules.ts'
import type { Comparison, SimulatedPeriod, Simulation } from '../domain/simulation.ts'
import type { Database } from '../store/database.ts'
import { nextExpiry } from '../store/next-expiry.ts'
import type { OpenProgress } from './progress.ts'
import { type SimulationListener, simulate } from './simulate.ts'
import type { Ways } from './split-sweep.ts'

/** Rules, and what people call them: the name of their file. */
export type NamedRules = Readonly<{ name: string; rules: Rules }>

/** A period under some rules. */
export type ReportedSide = Readonly<{ name: string; period: SimulatedPeriod }>

/** A simulation with all that its forms show beside the mails. */
export type SimulationReport = Readonly<{
  from: Date
  to: Date
  sweptAlready: Date | null
  side: ReportedSide
  /** Under the rules to compare with; null: there are none. */
  compared: (ReportedSide & Readonly<{ comparison: Comparison; settings: readonly SettingDifference[] }>) | null
  /** Why the period brings no mail at all; null where it brings one. */
  quietBecause: string | null
}>

export type ReportRequest = Readonly<{ from: Date; to: Date; rules: NamedRules; otherRules: NamedRules | null }>

/** Simulates a period, and finds what is to be said of it. */
export async function reportSimulation(
  setting: Ways & Readonly<{ db: Database; openProgress: OpenProgress }>,
  { from, to, rules, otherRules }: ReportRequest,
  listener: SimulationListener,
): Promise<SimulationReport> {
  const request = { from, to, rules: rules.rules, otherRules: otherRules?.rules ?? null }
  const result = await simulate(setting, request, listener)
  const { period, compared, sweptAlready } = result
  return {
    from,
    to,
    sweptAlready,
    side: { name: rules.name, period },
    compared:
      otherRules === null || compared === null
        ? null
        : {
            name: otherRules.name,
            period: compared,
            comparison: compared.comparison,
            settings: settingDifferences(rules.rules, otherRules.rules),
          },
    quietBecause: isQuiet(result) ? await whyQuiet(setting.db, result, [rules, otherRules]) : null,
  }
}

function isQuiet({ period, compared }: Simulation): boolean {
  return period.totals.emails + (compared?.totals.emails ?? 0) === 0
}

async function whyQuiet(
  db: Database,
  { from, to, period, compared }: Simulation,
  [{ rules }, other]: readonly [NamedRules, NamedRules | null],
): Promise<string> {
  const expiries: Date[] = []
  for (const each of other === null ? [rules] : [rules, other.rules]) {
    const expiry = await nextExpiry(db, from, each)
    if (expiry !== null) expiries.push(expiry)
  }
  const next = expiries.length === 0 ? null : new Date(Math.min(...expiries.map((expiry) => expiry.getTime())))
  const sweeps = Math.max(period.sweeps, compared?.sweeps ?? 0)
  return describeQuiet({ from, to, sweeps, schedule: rules.schedule, nextExpiry: next })
}
