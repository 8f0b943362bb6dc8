import { fromPrisma, PgBoss, type Queue } from 'pg-boss'
import { DependencyError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Transaction } from './database.ts'
import { databaseFault } from './database-fault.ts'
import { complaintsTo } from './queue-complaints.ts'
import { laterQueue } from './queue-version.ts'
import { withSessionOptions } from './session-options.ts'

export const SWEEP_QUEUE = 'sweep'
export const SWEEP_PART_QUEUE = 'sweep-part'
export const DELIVER_QUEUE = 'deliver'
export const CLEARING_QUEUE = 'clearing'

/** The sweep of one slot of the schedule. */
export type SweepJob = Readonly<{ slot: string }>

/** A call for help with a sweep that is planned in parts. The ledger says which are open; one call too many is harmless. */
export type SweepPartJob = Readonly<{ sweepId: string }>

/** Mails to deliver. The ledger says what they are; a batch handed out twice is harmless. */
export type DeliverJob = Readonly<{
  mailIds: readonly string[]
  /** The business time of a run as of another time; null for the present. */
  asOf: string | null
  dispatchedAt: string
}>

/** What is to be kept no longer is removed, once a night. */
export type ClearingJob = Readonly<{ night: string }>

type JobsByQueue = { [SWEEP_QUEUE]: SweepJob; [SWEEP_PART_QUEUE]: SweepPartJob; [DELIVER_QUEUE]: DeliverJob }

const SECONDS_PER_HOUR = 3600
const SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR

/**
 * What the two queues promise. A worker that shows no sign of life for 15 s is taken for dead, and is looked for every
 * 4 s; with the delay before a retry its work is in other hands within 30 s. The heartbeat is not shorter, because a
 * worker that only held its breath would find its mails sent by another. Expiry is for one that lives and hangs.
 */
const HANDED_ON = { heartbeatSeconds: 15, retryDelay: 1, retryBackoff: true, retryDelayMax: 5 }
export const SUPERVISE_SECONDS = 4

export const QUEUES: readonly Queue[] = [
  // The finished slots are remembered for longer than any host could lag behind: each is swept once.
  // A sweep that fails is tried again for a day: a schedule may have but one a day.
  { name: SWEEP_QUEUE, ...HANDED_ON, retryDelayMax: 60, retryLimit: 1500, expireInSeconds: 2 * SECONDS_PER_HOUR },
  // Whoever is helped goes on without it.
  { name: SWEEP_PART_QUEUE, retryLimit: 0, expireInSeconds: 2 * SECONDS_PER_HOUR, deleteAfterSeconds: SECONDS_PER_DAY },
  // Whatever the queue gives up on, or loses, the ledger still has and dispatches again.
  {
    name: DELIVER_QUEUE,
    ...HANDED_ON,
    retryLimit: 1000,
    expireInSeconds: SECONDS_PER_HOUR,
    deleteAfterSeconds: SECONDS_PER_DAY,
  },
  // Broken off, it has done what it did; and the next night does the rest.
  { name: CLEARING_QUEUE, ...HANDED_ON, retryDelayMax: 600, retryLimit: 20, expireInSeconds: 6 * SECONDS_PER_HOUR },
]

/** The waits of its workers are short, so a few connections serve them all. */
const POOL_CONNECTIONS = 4

/**
 * Joins the queue: this process may enqueue and work, and looks for dead workers of any process. It changes no schema
 * and needs no right to.
 *
 * @throws DependencyError where the database is down, or its queue is missing or of another version
 */
export async function openQueue({
  url,
  log,
}: Readonly<{ url: string; log: Pick<Logger, 'warn' | 'error'> }>): Promise<PgBoss> {
  const queue = new PgBoss({
    connectionString: withSessionOptions(url, { readOnly: false }),
    application_name: 'credit-reminders queue',
    max: POOL_CONNECTIONS,
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: true,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
  })
  // Without a listener, an error event ends the process; the queue tries again by itself.
  queue.on('error', complaintsTo(log))
  queue.on('warning', ({ message }) => log.warn({ warning: message }, 'queue'))
  try {
    await join(queue)
  } catch (error) {
    await queue.stop({ graceful: false })
    throw error
  }
  return queue
}

/**
 * Whether this process could join the queue. It reads only, and takes no work.
 *
 * @throws DependencyError where the queue is missing or of another version
 */
export async function tryQueue({ url }: Readonly<{ url: string }>): Promise<void> {
  const queue = new PgBoss({
    connectionString: url,
    application_name: 'credit-reminders queue',
    max: 1,
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: false,
    registerInstance: false,
  })
  // What goes wrong is thrown as well.
  queue.on('error', () => {})
  try {
    await join(queue)
  } finally {
    await queue.stop({ graceful: false })
  }
}

async function join(queue: PgBoss): Promise<void> {
  try {
    await queue.start()
    await requireQueues(queue)
  } catch (error) {
    throw (await notMigrated(queue, error)) ?? databaseFault(error) ?? error
  }
}

async function requireQueues(queue: PgBoss): Promise<void> {
  const found = new Set((await queue.getQueues()).map(({ name }) => name))
  const missing = QUEUES.filter(({ name }) => !found.has(name)).map(({ name }) => name)
  if (missing.length > 0) throw new Error(`pg-boss has no queue ${missing.join(', ')}`)
}

async function notMigrated(queue: PgBoss, error: unknown): Promise<DependencyError | null> {
  if (
    !(error instanceof Error) ||
    !/^pg-boss (?:is not installed|database requires|has no queue)/.test(error.message)
  ) {
    return null
  }
  const later = await laterQueue(queue).catch(() => null)
  const line = later ?? `the database is not migrated (${error.message}): run credit-reminders migrate`
  return new DependencyError(line, { cause: error })
}

/**
 * SQL that holds where the queue has no job any more that would deliver the mails of a batch: it is done, given up, or lost.
 * Else somebody works on it, or will.
 */
export function isInNoBatch(batchId: string): string {
  return `NOT EXISTS (
    SELECT 1 FROM pgboss.job j
     WHERE j.name = '${DELIVER_QUEUE}' AND j.id = ${batchId} AND j.state IN ('created', 'retry', 'active'))`
}

/** Enqueues in the caller's own transaction: the jobs are there when it commits, and never were when it does not. */
export async function enqueue<Q extends keyof JobsByQueue>(
  queue: PgBoss,
  tx: Transaction,
  name: Q,
  jobs: readonly Readonly<{ id: string; data: JobsByQueue[Q] }>[],
): Promise<void> {
  await queue.insert(name, [...jobs], { db: fromPrisma(tx) })
}
