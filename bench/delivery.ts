import { insertCrowd } from '../test/support/billing.ts'
import { type Child, startChild } from './child.ts'
import type { RoundOrder, RoundResult } from './contender.ts'
import { count, type Figure, known, median, promised } from './figures.ts'
import { type BenchServer, settle } from './server.ts'
import { environmentFor, inDays } from './setting.ts'

const MAILS = 10_000
/** The naive script is so slow that a share of the mails tells its rate. */
const NAIVE_MAILS = 2000
const ROUNDS = 4
/** A server on the same machine takes mails as fast as they come; with fewer, the sender would wait for its own answers. */
const CONNECTIONS = 20
const CONNECTIONS_BY_DEFAULT = 5
const TARGET_OF_POOL = 0.85
const TARGET_OF_NAIVE = 3

/** The whole way of a mail, from the queue to its recorded result, against the mail library alone and against a script. */
export async function benchDelivery(server: BenchServer): Promise<readonly Figure[]> {
  return server.withDatabase(async (database) => {
    const crowd = { expiresFrom: inDays(1), expiresTo: inDays(50), grantedAt: inDays(-300) }
    await insertCrowd(database.sql, { ...crowd, count: MAILS, prefix: 'due' })
    // Readers in several zones and with names, as they are.
    await database.sql(`UPDATE billing.contacts SET name = 'Reader ' || id,
      time_zone = (ARRAY['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney'])[1 + hashtext(id) & 3]`)
    await settle(database)

    await using sink = await startChild('smtp-sink.ts')
    const { port: smtpPort } = sink.hello as { port: number }
    const env = environmentFor({ databaseUrl: database.url, smtpPort, connections: CONNECTIONS })
    const envByDefault = environmentFor({ databaseUrl: database.url, smtpPort, connections: CONNECTIONS_BY_DEFAULT })
    // The pool's mails are made first: making them takes the database.
    await using pool = await startChild('pool-child.ts', env)
    await using naive = await startChild('naive-child.ts', env)
    await using program = await startChild('program-child.ts', env)
    await using programByDefault = await startChild('program-child.ts', envByDefault)

    const rounds: Rates[] = []
    const rate = (contender: Child, mails: number, more: object = {}) =>
      mailsPerSecond({ contender, sink, order: { mails, ...more } })
    for (let round = 0; round <= ROUNDS; round++) {
      const one: Rates = {
        program: await rate(program, MAILS),
        programByDefault: await rate(programByDefault, MAILS),
        pool: await rate(pool, MAILS, { as: 'parts' }),
        poolOfSources: await rate(pool, MAILS, { as: 'source' }),
        naive: await rate(naive, NAIVE_MAILS),
      }
      // The first round warms up.
      if (round > 0) rounds.push(one)
    }
    return figuresOf(mediansOf(rounds))
  })
}

/** Mails a second, by contender. */
type Rates = Readonly<Record<'program' | 'programByDefault' | 'pool' | 'poolOfSources' | 'naive', number>>

function mediansOf(rounds: readonly Rates[]): Rates {
  const medianOf = (contender: keyof Rates) => median(rounds.map((round) => round[contender]))
  return {
    program: medianOf('program'),
    programByDefault: medianOf('programByDefault'),
    pool: medianOf('pool'),
    poolOfSources: medianOf('poolOfSources'),
    naive: medianOf('naive'),
  }
}

async function mailsPerSecond({
  contender,
  sink,
  order,
}: Readonly<{ contender: Child; sink: Child; order: RoundOrder }>): Promise<number> {
  const { mails } = order
  await sink.ask({})
  const { seconds } = await contender.ask<RoundResult>(order)
  const taken = await sink.ask<{ mails: number }>({})
  if (taken.mails !== mails) throw new Error(`${taken.mails} of ${mails} mails arrived`)
  return mails / seconds
}

function figuresOf(rates: Rates): readonly Figure[] {
  const ofPool = rates.program / rates.pool
  const ofNaive = rates.program / rates.naive
  return [
    known(`delivery end to end, ${CONNECTIONS} connections`, `${count(rates.program)} mails/s`),
    known(`the same, ${CONNECTIONS_BY_DEFAULT} connections, as by default`, `${count(rates.programByDefault)} mails/s`),
    known('nodemailer’s pool alone, the same mails, rendered', `${count(rates.pool)} mails/s`),
    known('nodemailer’s pool alone, their finished sources', `${count(rates.poolOfSources)} mails/s`),
    known('naive script: findMany, then sendMail one by one', `${count(rates.naive)} mails/s`),
    promised(
      'delivery, of the pool alone',
      `≥ ${TARGET_OF_POOL} ×`,
      `${ofPool.toFixed(2)} ×`,
      ofPool >= TARGET_OF_POOL,
    ),
    known('delivery, of the pool alone with finished sources', `${(rates.program / rates.poolOfSources).toFixed(2)} ×`),
    promised(
      'delivery, of the naive script',
      `≥ ${TARGET_OF_NAIVE} ×`,
      `${ofNaive.toFixed(1)} ×`,
      ofNaive >= TARGET_OF_NAIVE,
    ),
    known('the same, connections as by default', `${(rates.programByDefault / rates.naive).toFixed(1)} ×`),
  ]
}
