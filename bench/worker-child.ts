/** One worker process of a fleet: it plans when asked to, and delivers until it is told to stop. */
import { openForDelivery } from '../src/compose.ts'
import type { Workers } from '../src/jobs/workers.ts'
import { serveParent } from './child.ts'
import { planAfresh } from './planned-mails.ts'
import { NOW } from './setting.ts'

export type WorkerOrder = Readonly<{ do: 'plan' | 'deliver' | 'look' | 'stop' }>
export type WorkerState = Readonly<{ planned: number; sent: number; peakMiB: number }>

const KIB_PER_MIB = 1024

const setting = await openForDelivery('bench')
let planned = 0
let workers: Workers | null = null

async function carryOut(order: WorkerOrder['do']): Promise<void> {
  if (order === 'plan') planned = await planAfresh(setting)
  if (order === 'deliver') workers = await setting.startWorkers(NOW)
  if (order === 'stop') await workers?.stop()
}

serveParent<WorkerOrder>(
  {},
  async (order) => {
    await carryOut(order.do)
    const peakMiB = process.resourceUsage().maxRSS / KIB_PER_MIB
    return { planned, sent: workers?.counts().sent ?? 0, peakMiB } satisfies WorkerState
  },
  () => setting[Symbol.asyncDispose](),
)
