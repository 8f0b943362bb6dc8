import type { Moment } from '../../domain/reach.ts'
import type { Database } from '../../store/database.ts'
import { databaseTrouble } from '../../store/database-fault.ts'
import { type IndexUse, readIndexUse, readUsageIndexUse } from '../../store/index-use.ts'
import { canReadUsage } from '../../store/usage.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

/** Whether what is due can be found without reading all there is. The planner also says whether it would run at all. */
export async function checkIndexes(db: Database, moment: Moment): Promise<readonly Finding[]> {
  try {
    const slow = findingsOn(await readIndexUse(db, moment))
    const usage = await checkUsage(db)
    return slow.length + usage.length > 0 ? [...slow, ...usage] : [ok('indexes', 'what is due is found by index')]
  } catch (error) {
    const trouble = databaseTrouble(error)
    if (trouble === null) throw error
    return [fault('indexes', 'dependency', trouble.found, OWNER_NEEDS_RIGHTS)]
  }
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

function findingsOn(uses: readonly IndexUse[]): readonly Finding[] {
  const slow = uses.filter(({ served }) => served === 'by-reading-all')
  const readsOf = new Map(slow.map(({ relation, columns, by }) => [`${relation} (${columns})`, READS[by]]))
  return [...readsOf].map(([place, reads]) =>
    warning(
      'indexes',
      `no index bounds the search in ${place}: ${reads} all of it`,
      `CREATE INDEX ON ${place}; beneath a view, on the table and expression that it shows`,
    ),
  )
}
