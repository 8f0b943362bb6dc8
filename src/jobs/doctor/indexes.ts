import type { Moment } from '../../domain/reach.ts'
import type { Database } from '../../store/database.ts'
import { databaseTrouble } from '../../store/database-fault.ts'
import { readIndexUse } from '../../store/index-use.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

/** Whether what is due can be found without reading all there is. The planner also says whether it would run at all. */
export async function checkIndexes(db: Database, moment: Moment): Promise<readonly Finding[]> {
  try {
    const uses = await readIndexUse(db, moment)
    const slow = new Set(
      uses
        .filter(({ served }) => served === 'by-reading-all')
        .map(({ relation, columns }) => `${relation} (${columns})`),
    )
    if (slow.size === 0) return [ok('indexes', 'what is due is found by index')]
    return [...slow].map((place) =>
      warning(
        'indexes',
        `no index bounds the search in ${place}: every sweep reads all of it`,
        `CREATE INDEX ON ${place}; beneath a view, on the table and expression that it shows`,
      ),
    )
  } catch (error) {
    const trouble = databaseTrouble(error)
    if (trouble === null) throw error
    // Shape and rights are as they must be, so it lies beneath: commonly a view whose owner may not read its tables.
    const advice = 'see that billing can be read as it is: the owner of a view needs rights on the tables beneath it'
    return [fault('indexes', 'dependency', trouble.found, advice)]
  }
}
