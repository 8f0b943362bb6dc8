import type { Command } from 'commander'
import type { Delivery } from '../compose.ts'
import { EXIT, type ExitCode } from '../errors.ts'
import type { HttpServer } from '../http/listen.ts'
import { startHttpServer } from '../http/server.ts'
import { startDispatching } from '../jobs/dispatching.ts'
import { noProgress } from '../jobs/progress.ts'
import { startScheduler, startSweeping } from '../jobs/scheduler.ts'
import { sweep } from '../jobs/sweep.ts'
import { safeError } from '../logger.ts'
import { readUnsubscribeToken } from '../mail/unsubscribe-token.ts'
import { ping } from '../store/database.ts'
import { databaseFault } from '../store/database-fault.ts'
import { unsubscribeContact } from '../store/suppressions.ts'
import { bounceWebhook, startReadingBounces } from './bounce-service.ts'
import { ending } from './command.ts'
import { openWhenThere } from './open-when-there.ts'
import { onStopSignals } from './stop-signals.ts'

/** `start`: the service (scheduler, sweeps, delivery, HTTP), until it is told to stop. */
export function define(command: Command): void {
  command.action(ending(act))
}

async function act(): Promise<ExitCode> {
  await using setting = await openWhenThere('start')
  if (setting === null) return EXIT.done
  const { log } = setting
  const stopped = Promise.withResolvers<void>()
  using _signals = onStopSignals({
    first: () => {
      log.info('stopping: the mails in flight are finished, the rest is given back')
      stopped.resolve()
    },
    overdue: () => log.warn('stopped with work in hand, which is taken up again by whoever runs next'),
  })
  await using _service = await startService(setting)
  await stopped.promise
  return EXIT.done
}

async function startService(setting: Delivery): Promise<AsyncDisposable> {
  const { queue, rules, log } = setting
  const health = { sweepFault: null as string | null }
  // Whatever fails on the way, what was started before it is stopped: a service that answers and does nothing would be
  // taken for one that works.
  await using started = new AsyncDisposableStack()
  const server = await serve(setting, health)
  started.defer(server.close)
  const workers = await setting.startWorkers()
  started.defer(workers.stop)
  const sweeping = await startSweeping({ queue, log, sweepSlot: (slot) => sweepSlot(setting, slot, health) })
  started.defer(sweeping.stop)
  const dispatching = startDispatching(setting)
  started.defer(dispatching.stop)
  const bounces = startReadingBounces(setting)
  started.defer(bounces.stop)
  const scheduler = startScheduler({ queue, schedule: rules.schedule, log })
  log.info({ url: server.url, schedule: rules.schedule }, 'started')
  started.move()
  // At once, not one after the other: a long sweep must not keep the workers sending.
  const stop = () =>
    Promise.all([scheduler.stop(), sweeping.stop(), dispatching.stop(), bounces.stop(), workers.stop(), server.close()])
  return { [Symbol.asyncDispose]: async () => void (await stop()) }
}

/** What the service knows of its own work. */
type OwnHealth = {
  /** Why the latest sweep failed; null where it did not. */
  sweepFault: string | null
}

function serve(setting: Delivery, own: Readonly<OwnHealth>): Promise<HttpServer> {
  return startHttpServer({
    ...setting.http,
    health: { obstacles: () => obstaclesOf(setting, own) },
    unsubscribe: {
      read: (token) => readUnsubscribeToken(token, setting.sender.linkSecret),
      record: (target) =>
        unsubscribeContact(setting.db, target).catch((error) => {
          setting.log.error({ err: error }, 'an opt-out could not be written down')
          throw error
        }),
    },
    bounces: bounceWebhook(setting),
  })
}

async function sweepSlot(setting: Delivery, slot: string, own: OwnHealth): Promise<void> {
  try {
    const outcome = await sweep({ ...setting, openProgress: noProgress }, { id: slot, asOf: null })
    own.sweepFault = null
    if (outcome === null) return
    const { counts, dispatched, heldBecause, first } = outcome
    const { examined, emails, skipped } = counts
    setting.log.info({ sweep: slot, examined, emails, skipped, dispatched }, 'swept')
    if (first !== null) setting.log.info({ sweep: slot, ...first }, describeFirstSweep(first, setting.rules).join('; '))
    if (heldBecause !== null) setting.log.error({ sweep: slot, heldBecause }, 'sweep held for approval')
  } catch (error) {
    own.sweepFault = wordsOf(error)
    throw error
  }
}

/** What stands between the service and its work, a line each. */
async function obstaclesOf({ db, gate }: Delivery, { sweepFault }: Readonly<OwnHealth>): Promise<readonly string[]> {
  const known = [
    ...(gate.closure === null ? [] : [`mail: ${gate.closure.reason} (${gate.closure.detail})`]),
    ...(sweepFault === null ? [] : [`the latest sweep failed: ${sweepFault}`]),
  ]
  try {
    await ping(db)
    return known
  } catch (error) {
    return [...known, wordsOf(error)]
  }
}

function wordsOf(error: unknown): string {
  return databaseFault(error)?.message ?? safeError(error).message
}
