import type { Command } from 'commander'
import type { Delivery } from '../compose.ts'
import { describeAllowed } from '../domain/recipients.ts'
import { EXIT, type ExitCode } from '../errors.ts'
import type { HttpServer } from '../http/listen.ts'
import { startHttpServer } from '../http/server.ts'
import { clear } from '../jobs/clearing.ts'
import { startDispatching } from '../jobs/dispatching.ts'
import { metricsPage, obstaclesOf, type ServiceParts } from '../jobs/health.ts'
import { createHeart } from '../jobs/heartbeat.ts'
import { startClearing } from '../jobs/nightly.ts'
import { noProgress } from '../jobs/progress.ts'
import { startScheduler, startSweeping } from '../jobs/scheduler.ts'
import { slotSweeps } from '../jobs/slot-sweeps.ts'
import { helpWithParts } from '../jobs/split-sweep.ts'
import { startWatch } from '../jobs/watch.ts'
import type { Workers } from '../jobs/workers.ts'
import { databaseNow } from '../store/sweep-ledger.ts'
import { bounceWebhook, startReadingBounces } from './bounce-service.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { openWhenThere } from './open-when-there.ts'
import { onStopSignals } from './stop-signals.ts'
import { unsubscribePages } from './unsubscribe-service.ts'
import { packageVersion } from './version.ts'

/** `start`: the service (scheduler, sweeps, delivery, HTTP), until it is told to stop. */
export function define(command: Command): void {
  command.action(ending(act))
  withExamples(command, [['start', 'the service, until SIGTERM or Ctrl-C']])
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
  // Whatever fails on the way, what was started before it is stopped: a service that answers and does nothing would be
  // taken for one that works.
  await using started = new AsyncDisposableStack()
  const heart = createHeart({ url: setting.heartbeatUrl, log })
  started.defer(heart.stop)
  const watch = await startWatch(setting)
  started.defer(watch.stop)
  const sweeps = slotSweeps(setting, { good: heart.beat, ended: watch.check })
  let workers: Workers | null = null
  const version = await packageVersion()
  const server = await serve(setting, { ...setting, version, heart, watch, sweeps, workers: () => workers })
  started.defer(server.close)
  workers = await setting.startWorkers()
  started.defer(workers.stop)
  const help = (sweepId: string, signal: AbortSignal) =>
    helpWithParts({ ...setting, openProgress: noProgress }, sweepId, signal)
  const sweeping = await startSweeping({ queue, log, sweepSlot: sweeps.sweepSlot, help })
  started.defer(sweeping.stop)
  const dispatching = startDispatching(setting)
  started.defer(dispatching.stop)
  const bounces = startReadingBounces(setting)
  started.defer(bounces.stop)
  const clearing = await startClearing({
    ...{ queue, log, now: () => databaseNow(setting.db) },
    clear: (now, signal) => clear(setting, now, signal),
  })
  started.defer(clearing.stop)
  const scheduler = startScheduler({ queue, schedule: rules.schedule, now: () => databaseNow(setting.db), log })
  log.info({ url: server.url, schedule: rules.schedule }, 'started')
  if (rules.allowedRecipients !== null) log.warn(describeAllowed(rules.allowedRecipients))
  started.move()
  // At once, not one after the other: a long sweep must not keep the workers sending.
  const stop = () =>
    Promise.all(
      [scheduler, sweeping, dispatching, bounces, clearing, workers, watch, heart]
        .map((part) => part.stop())
        .concat(server.close()),
    )
  return { [Symbol.asyncDispose]: async () => void (await stop()) }
}

function serve(setting: Delivery, parts: ServiceParts): Promise<HttpServer> {
  return startHttpServer({
    host: setting.http.host,
    port: setting.http.port,
    health: { obstacles: () => obstaclesOf(parts), pulse: parts.watch.pulse, alarms: parts.watch.alarms },
    metrics: metricsPage(parts),
    unsubscribe: unsubscribePages(setting),
    bounces: bounceWebhook(setting),
  })
}
