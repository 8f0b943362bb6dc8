import type { Moment } from '../../domain/reach.ts'
import type { Database } from '../../store/database.ts'
import { databaseTrouble } from '../../store/database-fault.ts'
import { type IndexUse, readIndexUse, readUsageIndexUse } from '../../store/index-use.ts'
import { type SearchTime, timeSearch } from '../../store/search-time.ts'
import { canReadUsage } from '../../store/usage.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

/** How long each search of a sweep may take here; a sweep itself may take longer, and should not. */
const SEARCH_LIMIT_MS = 10_000

/**
 * Whether what is due can be found without reading all there is, and how long it takes now. The planner also says whether
 * it would run at all.
 */
export async function checkIndexes(
  db: Database,
  moment: Moment,
  limitMs = SEARCH_LIMIT_MS,
): Promise<readonly Finding[]> {
  try {
    const uses = await timed(db, await readIndexUse(db, moment), limitMs)
    const slow = [...findingsOn(uses, limitMs), ...uses.flatMap((use) => slowInSpite(use, limitMs))]
    const usage = await checkUsage(db)
    return slow.length + usage.length > 0
      ? [...slow, ...usage]
      : [ok('indexes', `what is due is found by index${inAll(uses)}`)]
  } catch (error) {
    const trouble = databaseTrouble(error)
    if (trouble === null) throw error
    return [fault('indexes', 'dependency', trouble.found, OWNER_NEEDS_RIGHTS)]
  }
}

type Timed = IndexUse & Readonly<{ time?: SearchTime }>

async function timed(db: Database, uses: readonly IndexUse[], limitMs: number): Promise<readonly Timed[]> {
  const all: Timed[] = []
  for (const use of uses) {
    all.push(use.search === null ? use : { ...use, time: await timeSearch(db, use.search, limitMs) })
  }
  return all
}

/** `: 120 grants in 4 ms` */
function inAll(uses: readonly Timed[]): string {
  const times = uses.flatMap(({ time }) => time ?? [])
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
  const rows = sum(times.map(({ rows }) => rows))
  return `: ${rows} ${rows === 1 ? 'grant' : 'grants'} in ${inWords(sum(times.map(({ ms }) => ms)))}`
}

/** A search that an index could bound, and that is not done in time all the same. */
function slowInSpite({ relation, columns, served, time }: Timed, limitMs: number): readonly Finding[] {
  if (served === 'by-reading-all' || time !== null) return []
  return [
    warning(
      'indexes',
      `the search in ${relation} (${columns}), which every sweep makes, is not done after ${inWords(limitMs)}`,
      served === 'elsewhere'
        ? 'see that the server of the foreign table has an index for it'
        : 'run ANALYZE on the tables beneath it, and see with EXPLAIN what else the view does for each row',
    ),
  ]
}

// Shape and rights are as they must be, so it lies beneath: commonly a view whose owner may not read its tables.
const OWNER_NEEDS_RIGHTS =
  'see that billing can be read as it is: the owner of a view needs rights on the tables beneath it'

/** The same of usage, which is optional: without it, mails forecast nothing. */
async function checkUsage(db: Database): Promise<readonly Finding[]> {
  if (!(await canReadUsage(db))) return []
  try {
    return findingsOn(await readUsageIndexUse(db))
  } catch (error) {
    const trouble = databaseTrouble(error)
    if (trouble === null) throw error
    return [warning('indexes', `mails forecast nothing: ${trouble.found}`, OWNER_NEEDS_RIGHTS)]
  }
}

const READS = { sweep: 'every sweep reads', delivery: 'delivery reads, for every 100 mails,' } as const

function findingsOn(uses: readonly Timed[], limitMs = SEARCH_LIMIT_MS): readonly Finding[] {
  const slow = uses.filter(({ served }) => served === 'by-reading-all')
  const byPlace = Map.groupBy(slow, ({ relation, columns }) => `${relation} (${columns})`)
  return [...byPlace].map(([place, searches]) =>
    warning(
      'indexes',
      `no index bounds the search in ${place}: ${READS[searches[0]?.by ?? 'sweep']} all of it${timeOf(searches, limitMs)}`,
      `CREATE INDEX ON ${place}; beneath a view, on the table and expression that it shows (docs/connect.md)`,
    ),
  )
}

/** `, which took 1.8 s just now`; of several searches in one place, all together. */
function timeOf(searches: readonly Timed[], limitMs: number): string {
  const times = searches.flatMap(({ time }) => (time === undefined ? [] : [time]))
  if (times.length === 0) return ''
  const done = times.filter((time) => time !== null)
  if (done.length < times.length) return `, and was not done after ${inWords(limitMs)}`
  return `, which took ${inWords(done.reduce((all, { ms }) => all + ms, 0))} just now`
}

const MS_PER_SECOND = 1000

function inWords(ms: number): string {
  if (ms < MS_PER_SECOND) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  return `${(ms / MS_PER_SECOND).toFixed(1).replace('.0', '')} s`
}
