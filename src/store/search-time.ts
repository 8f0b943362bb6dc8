import type { Database } from './database.ts'
import { isTimedOut } from './database-fault.ts'
import type { Search } from './windows.ts'

/** How long a search took, and what it found; null where it was ended before it was done. */
export type SearchTime = Readonly<{ ms: number; rows: number }> | null

/** Beginning and ending the transaction takes time of its own. */
const SLACK_MS = 5000

/**
 * Makes the search as a sweep would, and throws its rows away on the server (EXPLAIN ANALYZE).
 *
 * @param limitMs how long it may take
 */
export async function timeSearch(db: Database, { sql, values }: Search, limitMs: number): Promise<SearchTime> {
  type Explained = Readonly<{ 'Execution Time': number; Plan: Readonly<{ 'Actual Rows': number }> }>
  try {
    return await db.$transaction(
      async (tx) => {
        await tx.$executeRawUnsafe(`SET LOCAL statement_timeout = ${limitMs}`)
        // Without TIMING: asking the clock at every row would be most of the time.
        const [row] = await tx.$queryRawUnsafe<{ 'QUERY PLAN': readonly Explained[] }[]>(
          `EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, FORMAT JSON) ${sql}`,
          ...values,
        )
        const explained = row?.['QUERY PLAN'][0]
        if (explained === undefined) throw new Error('the server gave no plan')
        return { ms: explained['Execution Time'], rows: Math.round(explained.Plan['Actual Rows']) }
      },
      { timeout: limitMs + SLACK_MS },
    )
  } catch (error) {
    if (isTimedOut(error)) return null
    throw error
  }
}
