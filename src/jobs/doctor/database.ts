import { DependencyError } from '../../errors.ts'
import { type Database, openDatabase } from '../../store/database.ts'
import { databaseTrouble } from '../../store/database-fault.ts'
import { readServerFacts, type ServerFacts } from '../../store/server-facts.ts'
import { databaseNow } from '../../store/sweep-ledger.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

/** The queue needs this version or a later one (pg-boss 12, its README). */
const OLDEST_MAJOR_VERSION = 13

/**
 * Time is taken from the database, so no mail is wrong by this. But slots of the schedule, certificates and logs go by
 * the host's clock, and a host with working time synchronisation is off by far less.
 */
const MAX_CLOCK_DIFFERENCE_MS = 5000
const MS_PER_SECOND = 1000

/** A session in which Postgres refuses every write, if the database lets us in. */
export async function openForChecks(url: string): Promise<Database | Finding> {
  try {
    return await openDatabase({ url, applicationName: 'credit-reminders doctor', maxConnections: 1, readOnly: true })
  } catch (error) {
    const trouble = error instanceof DependencyError ? databaseTrouble(error.cause) : null
    if (trouble === null) throw error
    return fault('database', 'dependency', trouble.found, trouble.advice)
  }
}

/** Which server answers, and whether it is new enough. */
export async function checkServer(db: Database): Promise<Readonly<{ finding: Finding; facts: ServerFacts }>> {
  const facts = await readServerFacts(db)
  const found = `PostgreSQL ${facts.version}, database ${facts.database}, role ${facts.role}`
  const finding =
    facts.majorVersion >= OLDEST_MAJOR_VERSION
      ? ok('database', found)
      : fault('database', 'dependency', found, `use PostgreSQL ${OLDEST_MAJOR_VERSION} or later`)
  return { finding, facts }
}

/** The host's clock against the database's, half a round trip allowed for. */
export async function checkClock(db: Database, hostClock: () => Date): Promise<Finding> {
  const before = hostClock().getTime()
  const answer = (await databaseNow(db)).getTime()
  const after = hostClock().getTime()
  const aheadMs = (before + after) / 2 - answer
  if (Math.abs(aheadMs) <= MAX_CLOCK_DIFFERENCE_MS) {
    return ok('clock', `this host and the database agree within ${MAX_CLOCK_DIFFERENCE_MS / MS_PER_SECOND} s`)
  }
  const seconds = Math.round(Math.abs(aheadMs) / MS_PER_SECOND)
  return warning(
    'clock',
    `this host is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the database, by whose clock mails are due`,
    'let both hosts synchronise their clocks (NTP)',
  )
}
