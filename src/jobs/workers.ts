import type { JobWithMetadata, PgBoss } from 'pg-boss'
import type { Logger } from '../logger.ts'
import { databaseFault } from '../store/database-fault.ts'
import { DELIVER_QUEUE, type DeliverJob } from '../store/queue.ts'
import { recoverAbandoned } from './abandoned.ts'
import type { Clock } from './clock.ts'
import { BatchInterrupted, type Courier, deliverBatch } from './deliver.ts'
import { addCounts, type DeliveryCounts, NO_DELIVERY } from './delivery-counts.ts'

/** How long a stop waits for a database that is away: then what was sent and is not recorded counts as in doubt. */
const RECORD_WITHIN_MS = 20_000
/** Batches in hand at a time: while one waits for the database, another keeps the SMTP connections busy. */
const BATCHES_AT_ONCE = 4
const POLLING = { includeMetadata: true, batchSize: 1, pollingIntervalSeconds: 0.5 } as const

export type Workers = Readonly<{
  /** What this process has delivered so far. */
  counts: () => DeliveryCounts
  /** How many batches it is delivering now. */
  batchesInHand: () => number
  /** Takes no further batch, finishes the mails in flight, gives the rest back to the queue. */
  stop: () => Promise<void>
}>

/**
 * Takes batches from the queue and delivers them, until stopped.
 *
 * @param asOf the business time of a run as of another time; null for the present
 */
export async function startWorkers(
  setting: Readonly<{ queue: PgBoss; courier: Courier; clock: Clock; log: Logger }>,
  asOf: Date | null,
): Promise<Workers> {
  const { queue, courier, clock, log } = setting
  const stopping = new AbortController()
  const inHand = new Map<string, Promise<void>>()
  let totals = NO_DELIVERY
  const report = (counts: DeliveryCounts) => {
    totals = addCounts(totals, counts)
  }

  const deliver = async (job: JobWithMetadata<DeliverJob>): Promise<void> => {
    // A run as of another time, and the present, leave each other's mails in the ledger, for their own next dispatch.
    if ((job.data.asOf === null) !== (asOf === null)) return takeBack(job)
    // Where this process lost its heartbeat and lives, it knows what came of the mails: its own word comes first.
    await inHand.get(job.id)
    const { id, retryCount, data } = job
    const signal = AbortSignal.any([stopping.signal, job.signal])
    const circumstances = { clock: timeOf(data, { clock, asOf }), signal, report }
    const delivering = deliverBatch(courier, { id, retryCount, mailIds: data.mailIds }, circumstances)
    const settled = delivering.catch(() => {})
    inHand.set(id, settled)
    try {
      await delivering
    } catch (error) {
      if (error instanceof BatchInterrupted) log.info({ batch: id }, 'batch given back to the queue')
      else log.error({ batch: id, err: databaseFault(error) ?? error }, 'batch failed; the queue hands it out again')
      throw error
    } finally {
      if (inHand.get(id) === settled) inHand.delete(id)
    }
  }

  /** The batch ends here, and with it all that says whose its mails were: none may stay in the hands of the dead. */
  const takeBack = async ({ id, retryCount, data }: JobWithMetadata<DeliverJob>): Promise<void> => {
    if (retryCount === 0) return
    const now = data.asOf === null ? clock() : new Date(data.asOf)
    const occasion = { now, onUncertain: courier.rules.onUncertain, told: courier.events.settled }
    report(await recoverAbandoned(courier.db, occasion, { batchId: id, claim: `${id}:${retryCount}` }))
  }

  for (let worker = 0; worker < BATCHES_AT_ONCE; worker++) {
    let id = ''
    id = await queue.work<DeliverJob, void, typeof POLLING>(DELIVER_QUEUE, POLLING, async ([job]) => {
      if (job === undefined) return
      await deliver(job)
      // Where there was one batch there may be more: the next is asked for at once, not at the next poll.
      queue.notifyWorker(id)
    })
  }

  return {
    counts: () => totals,
    batchesInHand: () => inHand.size,
    stop: async () => {
      stopping.abort()
      courier.departures.giveUpWithin(RECORD_WITHIN_MS)
      await queue.offWork(DELIVER_QUEUE, { wait: false })
      await Promise.all(inHand.values())
    },
  }
}

/**
 * The business time at which a batch is delivered: never earlier than the sweep that made its mails due, whatever the
 * clocks of two hosts think; and in a run as of another time that time, also for what an interrupted one left.
 */
function timeOf(job: DeliverJob, own: Readonly<{ clock: Clock; asOf: Date | null }>): Clock {
  const dispatchedMs = Date.parse(job.dispatchedAt)
  return () => new Date(Math.max((own.asOf ?? own.clock()).getTime(), dispatchedMs))
}
