import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { insertCrowd } from '../test/support/billing.ts'
import { type Child, startChild } from './child.ts'
import { count, type Figure, known, median, promised } from './figures.ts'
import { type BenchDatabase, type BenchServer, settle } from './server.ts'
import { environmentFor, inDays } from './setting.ts'
import type { SinkReport } from './smtp-sink.ts'
import type { WorkerOrder, WorkerState } from './worker-child.ts'

/** What a relay takes to answer for one mail. */
const RELAY_MS = 20
const MAILS_PER_WORKER = 1500
const TARGET_OF_TWO = 1.5
/** There and back again, each half of it. */
const ROUND_TRIP_MS = 20
const MANY_CONNECTIONS = 100
const MAILS_OVER_DISTANCE = 10_000
const TARGET_OVER_DISTANCE = 0.8
const PER_SECOND = 50
const MAILS_AT_A_RATE = 1000
const TARGET_RATE_ERROR = 0.05
const FEW_SENT = 20_000
const MANY_SENT = 100_000
const TARGET_MEMORY = 1.2
const ROUNDS = 3
const LOOK_EVERY_MS = 20

/** Several worker processes on one database, a server far away, a rate for all of them, and a long night's work. */
export async function benchFleet(server: BenchServer): Promise<readonly Figure[]> {
  return [
    ...(await benchWorkers(server)),
    ...(await benchDistance(server)),
    ...(await benchRate(server)),
    ...(await benchEndurance(server)),
  ]
}

type Fleet = Readonly<{
  workers: number
  mails: number
  relayMs?: number
  /** Through a line of this length; without it, straight to the server. */
  roundTripMs?: number
  connections?: number
  rules?: object
}>

type Delivered = Readonly<{ mailsPerSecond: number; states: readonly WorkerState[]; ledgerBytes: number }>

async function benchWorkers(server: BenchServer): Promise<readonly Figure[]> {
  const rateOf = (workers: number, relayMs: number) =>
    medianRate(server, { workers, relayMs, mails: MAILS_PER_WORKER * workers * (relayMs === 0 ? 4 : 1) })
  const [one, two, four] = [await rateOf(1, RELAY_MS), await rateOf(2, RELAY_MS), await rateOf(4, RELAY_MS)]
  const [oneAtOnce, twoAtOnce] = [await rateOf(1, 0), await rateOf(2, 0)]
  return [
    known(`1 worker, a relay that takes ${RELAY_MS} ms a mail`, `${count(one)} mails/s`),
    known('2 workers', `${count(two)} mails/s`),
    known('4 workers', `${count(four)} mails/s`),
    promised('2 workers, of 1', `≥ ${TARGET_OF_TWO} ×`, `${(two / one).toFixed(2)} ×`, two / one >= TARGET_OF_TWO),
    known('4 workers, of 1', `${(four / one).toFixed(2)} ×`),
    known('1 worker, a relay that answers at once', `${count(oneAtOnce)} mails/s`),
    known('2 workers, of 1', `${(twoAtOnce / oneAtOnce).toFixed(2)} ×`),
  ]
}

async function benchDistance(server: BenchServer): Promise<readonly Figure[]> {
  const shared = { workers: 1, mails: MAILS_OVER_DISTANCE, connections: MANY_CONNECTIONS }
  // Through the same process, which takes its share of the processor.
  const near = await medianRate(server, { ...shared, roundTripMs: 0 })
  const far = await medianRate(server, { ...shared, roundTripMs: ROUND_TRIP_MS })
  const ratio = far / near
  return [
    known(`delivery, ${MANY_CONNECTIONS} connections, no distance`, `${count(near)} mails/s`),
    known(`the same, a round trip of ${ROUND_TRIP_MS} ms away`, `${count(far)} mails/s`),
    promised('of the nearer', `≥ ${TARGET_OVER_DISTANCE} ×`, `${ratio.toFixed(2)} ×`, ratio >= TARGET_OVER_DISTANCE),
  ]
}

async function benchRate(server: BenchServer): Promise<readonly Figure[]> {
  const { mailsPerSecond } = await deliver(server, {
    workers: 3,
    mails: MAILS_AT_A_RATE,
    rules: { maxPerSecond: PER_SECOND },
  })
  const error = mailsPerSecond / PER_SECOND - 1
  return [
    promised(
      `3 workers, maxPerSecond: ${PER_SECOND}`,
      `± ${TARGET_RATE_ERROR * 100} %`,
      `${mailsPerSecond.toFixed(1)} mails/s`,
      Math.abs(error) <= TARGET_RATE_ERROR,
    ),
  ]
}

async function benchEndurance(server: BenchServer): Promise<readonly Figure[]> {
  const peakOf = ({ states }: Delivered) => Math.max(...states.map(({ peakMiB }) => peakMiB))
  const few = peakOf(await deliver(server, { workers: 1, mails: FEW_SENT }))
  const long = await deliver(server, { workers: 1, mails: MANY_SENT })
  const many = peakOf(long)
  const ratio = many / few
  return [
    known(`peak memory of a worker that sends ${count(FEW_SENT)}`, `${count(few)} MiB`),
    known(`peak memory of a worker that sends ${count(MANY_SENT)}`, `${count(many)} MiB`),
    promised('the longer needs', `≤ ${TARGET_MEMORY} ×`, `${ratio.toFixed(2)} ×`, ratio <= TARGET_MEMORY),
    known('the ledger, a mail with one notice', `${count(long.ledgerBytes / MANY_SENT)} bytes`),
  ]
}

async function medianRate(server: BenchServer, fleet: Fleet): Promise<number> {
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) rates.push((await deliver(server, fleet)).mailsPerSecond)
  return median(rates)
}

/** Fresh processes each time; the rate is from the first mail that the server takes to the last. */
function deliver(server: BenchServer, fleet: Fleet): Promise<Delivered> {
  const { workers, mails, relayMs = 0, roundTripMs, connections = 5, rules = {} } = fleet
  return server.withDatabase(async (database) => {
    await fillWithReaders(database, mails)
    await using resources = new AsyncDisposableStack()
    const sink = resources.use(await startChild('smtp-sink.ts', { SINK_DELAY_MS: String(relayMs) }))
    const { port } = sink.hello as { port: number }
    const far =
      roundTripMs === undefined
        ? null
        : resources.use(await startChild('far-away.ts', { TO_PORT: String(port), ONE_WAY_MS: String(roundTripMs / 2) }))
    const smtpPort = far === null ? port : (far.hello as { port: number }).port
    const config = await rulesFile(resources, rules)
    const env = {
      ...environmentFor({ databaseUrl: database.url, smtpPort, connections }),
      CREDIT_REMINDERS_CONFIG: config,
    }
    // A process of its own plans: what that took is in no worker's memory.
    const planned = await plan(env)
    if (planned !== mails) throw new Error(`${planned} mails were planned`)
    const fleetOf: Child[] = []
    for (let worker = 0; worker < workers; worker++)
      fleetOf.push(resources.use(await startChild('worker-child.ts', env)))
    return { ...(await send(fleetOf, sink, mails)), ledgerBytes: await ledgerBytes(database) }
  })
}

async function plan(env: Readonly<Record<string, string>>): Promise<number> {
  await using planner = await startChild('worker-child.ts', env)
  const { planned } = await planner.ask<WorkerState>({ do: 'plan' } satisfies WorkerOrder)
  return planned
}

async function send(workers: readonly Child[], sink: Child, mails: number): Promise<Omit<Delivered, 'ledgerBytes'>> {
  const order = (what: WorkerOrder['do']) =>
    Promise.all(workers.map((worker) => worker.ask<WorkerState>({ do: what } satisfies WorkerOrder)))
  await sink.ask<SinkReport>({})
  await order('deliver')
  let states = await order('look')
  while (states.reduce((sum, { sent }) => sum + sent, 0) < mails) {
    await setTimeout(LOOK_EVERY_MS)
    states = await order('look')
  }
  states = await order('stop')
  const taken = await sink.ask<SinkReport>({})
  if (taken.mails !== mails) throw new Error(`${taken.mails} of ${mails} mails arrived`)
  return { mailsPerSecond: (mails - 1) / ((taken.lastMs - taken.firstMs) / 1000), states }
}

/** Tables and indexes. */
async function ledgerBytes({ sql }: BenchDatabase): Promise<number> {
  const { rows } = await sql(`SELECT sum(pg_total_relation_size(c.oid))::float8 AS bytes
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'reminders' AND c.relkind = 'r'`)
  return rows[0].bytes
}

async function fillWithReaders(database: BenchDatabase, mails: number): Promise<void> {
  const crowd = { expiresFrom: inDays(1), expiresTo: inDays(50), grantedAt: inDays(-300) }
  await insertCrowd(database.sql, { ...crowd, count: mails, prefix: 'due' })
  await settle(database)
}

async function rulesFile(resources: AsyncDisposableStack, rules: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  resources.defer(() => rm(folder, { recursive: true }))
  const file = join(folder, 'credit-reminders.yaml')
  // Every JSON text is a YAML text.
  await writeFile(file, JSON.stringify({ sendAt: 'anytime', maxEmailsPerSweep: 1_000_000, ...rules }))
  return file
}
