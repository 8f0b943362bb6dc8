/** Simulates a period, in a process of its own, and says what it cost. */
import { openForReading } from '../src/compose-ledger.ts'
import { noProgress } from '../src/jobs/progress.ts'
import { simulate } from '../src/jobs/simulate.ts'
import { serveParent } from './child.ts'
import { inDays, NOW } from './setting.ts'

/** What a simulation cost. The peak is that of the whole process so far. */
export type SimulationCost = Readonly<{ seconds: number; peakMiB: number; emails: number }>

const KIB_PER_MIB = 1024

const setting = await openForReading()

serveParent<{ days: number }>(
  {},
  async ({ days }) => {
    const startMs = performance.now()
    const request = { from: NOW, to: inDays(days), rules: setting.rules, otherRules: null }
    const { period } = await simulate({ ...setting, openProgress: noProgress }, request)
    const seconds = (performance.now() - startMs) / 1000
    const peakMiB = process.resourceUsage().maxRSS / KIB_PER_MIB
    return { seconds, peakMiB, emails: period.totals.emails } satisfies SimulationCost
  },
  () => setting[Symbol.asyncDispose](),
)
