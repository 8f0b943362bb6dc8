/** Runs sweeps, in a process of its own, and says what each cost. */
import { openForDelivery } from '../src/compose.ts'
import { noProgress } from '../src/jobs/progress.ts'
import { sweep } from '../src/jobs/sweep.ts'
import { serveParent } from './child.ts'
import { NOW } from './setting.ts'

/** What a sweep cost. The peak is that of the whole process so far. */
export type SweepCost = Readonly<{ seconds: number; peakMiB: number; examined: number; emails: number }>

const KIB_PER_MIB = 1024

const setting = await openForDelivery('bench')

serveParent<{ id: string }>(
  {},
  async ({ id }) => {
    const startMs = performance.now()
    const outcome = await sweep({ ...setting, openProgress: noProgress }, { id, asOf: NOW })
    const seconds = (performance.now() - startMs) / 1000
    const { examined = 0, emails = 0 } = outcome?.counts ?? {}
    return { seconds, peakMiB: process.resourceUsage().maxRSS / KIB_PER_MIB, examined, emails } satisfies SweepCost
  },
  () => setting[Symbol.asyncDispose](),
)
