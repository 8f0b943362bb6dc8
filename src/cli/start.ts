import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { type Delivery, openForDelivery } from '../compose.ts'
import { EXIT, type ExitCode } from '../errors.ts'
import type { HttpServer } from '../http/listen.ts'
import { startHttpServer } from '../http/server.ts'
import { noProgress } from '../jobs/progress.ts'
import { startScheduler, startSweeping } from '../jobs/scheduler.ts'
import { sweep } from '../jobs/sweep.ts'
import { safeError } from '../logger.ts'
import { readUnsubscribeToken } from '../mail/unsubscribe-token.ts'
import { ping } from '../store/database.ts'
import { databaseFault } from '../store/database-fault.ts'
import { unsubscribeContact } from '../store/suppressions.ts'
import { ending } from './command.ts'
import { onStopSignals } from './stop-signals.ts'

/**
 * Supervisors commonly kill after 30 seconds. Whatever still runs by then is safe to break off: a sweep is one
 * transaction, and mails in flight are found again as uncertain.
 */
const STOP_WITHIN_MS = 25_000

/** `start`: the service (scheduler, sweeps, delivery, HTTP), until it is told to stop. */
export function define(command: Command): void {
  command.action(ending(act))
}

async function act(): Promise<ExitCode> {
  await using setting = await openForDelivery('start')
  const { log } = setting
  const stopped = Promise.withResolvers<void>()
  const release = onStopSignals({ first: () => stopped.resolve(), second: () => process.exit(EXIT.needsPerson) })
  const stop = await startService(setting)
  await stopped.promise
  log.info('stopping: the mails in flight are finished, the rest is given back')
  const inTime = await Promise.race([stop().then(() => true), setTimeout(STOP_WITHIN_MS, false, { ref: false })])
  log.info(inTime ? 'stopped' : 'stopped with work in hand, which is taken up again by whoever runs next')
  release()
  if (!inTime) process.exit(EXIT.done)
  return EXIT.done
}

async function startService(setting: Delivery): Promise<() => Promise<void>> {
  const { queue, rules, log } = setting
  // First of all, because nothing else can fail on the operator's account: once it serves, all of it runs.
  const server = await serve(setting)
  const workers = await setting.startWorkers()
  const sweeping = await startSweeping({ queue, log, sweepSlot: (slot) => sweepSlot(setting, slot) })
  const scheduler = startScheduler({ queue, schedule: rules.schedule, log })
  log.info({ url: server.url, schedule: rules.schedule }, 'started')
  return async () => {
    await scheduler.stop()
    await Promise.all([sweeping.stop(), workers.stop(), server.close()])
  }
}

function serve(setting: Delivery): Promise<HttpServer> {
  return startHttpServer({
    ...setting.http,
    health: { obstacles: () => obstaclesOf(setting) },
    unsubscribe: {
      read: (token) => readUnsubscribeToken(token, setting.sender.linkSecret),
      record: (target) =>
        unsubscribeContact(setting.db, target).catch((error) => {
          setting.log.error({ err: error }, 'an opt-out could not be written down')
          throw error
        }),
    },
  })
}

async function sweepSlot(setting: Delivery, slot: string): Promise<void> {
  const outcome = await sweep({ ...setting, openProgress: noProgress }, { id: slot, asOf: null })
  if (outcome === null) return
  const { counts, dispatched, heldBecause } = outcome
  const { examined, emails, skipped } = counts
  setting.log.info({ sweep: slot, examined, emails, skipped, dispatched }, 'swept')
  if (heldBecause !== null) setting.log.error({ sweep: slot, heldBecause }, 'sweep held for approval')
}

/** What stands between the service and its work, a line each. */
async function obstaclesOf({ db, gate }: Delivery): Promise<readonly string[]> {
  const closed = gate.closure === null ? [] : [`mail: ${gate.closure.reason} (${gate.closure.detail})`]
  try {
    await ping(db)
    return closed
  } catch (error) {
    return [...closed, databaseFault(error)?.message ?? `database: ${safeError(error).message}`]
  }
}
