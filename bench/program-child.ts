/** The contender under test: the program's own workers, as `run` and `start` start them. */
import { setTimeout } from 'node:timers/promises'
import { openForDelivery } from '../src/compose.ts'
import { serveParent } from './child.ts'
import type { RoundOrder, RoundResult } from './contender.ts'
import { planAfresh } from './planned-mails.ts'
import { NOW } from './setting.ts'

const LOOK_EVERY_MS = 5

const setting = await openForDelivery('bench')

serveParent<RoundOrder>(
  {},
  async ({ mails }) => {
    const planned = await planAfresh(setting)
    if (planned !== mails) throw new Error(`${planned} mails were planned`)
    const startMs = performance.now()
    const workers = await setting.startWorkers(NOW)
    while (workers.counts().sent < mails) await setTimeout(LOOK_EVERY_MS)
    const seconds = (performance.now() - startMs) / 1000
    await workers.stop()
    return { seconds } satisfies RoundResult
  },
  () => setting[Symbol.asyncDispose](),
)
