import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { startChild } from './child.ts'
import { count, type Figure, known, promised } from './figures.ts'
import type { ImportCost } from './importing-child.ts'
import type { BenchServer } from './server.ts'
import { inDays } from './setting.ts'

const FEW_ROWS = 100_000
const MANY_ROWS = 1_000_000
const ACCOUNTS = 10_000
const TARGET_SECONDS = 60
const TARGET_RATIO = 1.2

/** A million grants come in within a minute, in a process whose memory does not follow their number. */
export async function benchImport(server: BenchServer): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-import-'))
  try {
    const few = await importTwice(server, folder, FEW_ROWS)
    const many = await importTwice(server, folder, MANY_ROWS)
    const { seconds } = many.first
    const ratio = many.again.peakMiB / few.again.peakMiB
    const rate = `${count(MANY_ROWS / seconds)} rows/s`
    return [
      promised(
        `import of ${count(MANY_ROWS)} grants`,
        `≤ ${TARGET_SECONDS} s`,
        `${seconds.toFixed(1)} s`,
        seconds <= TARGET_SECONDS,
      ),
      known('that is', rate),
      known('the same file again, nothing changed', `${many.again.seconds.toFixed(1)} s`),
      known(`peak memory of importing ${count(FEW_ROWS)}`, `${count(few.again.peakMiB)} MiB`),
      known(`peak memory of importing ${count(MANY_ROWS)}`, `${count(many.again.peakMiB)} MiB`),
      promised('the larger needs', `≤ ${TARGET_RATIO} ×`, `${ratio.toFixed(2)} ×`, ratio <= TARGET_RATIO),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function importTwice(server: BenchServer, folder: string, rows: number) {
  const path = join(folder, `grants-${rows}.csv`)
  await pipeline(Readable.from(csvOfGrants(rows)), createWriteStream(path))
  return server.withDatabase(async ({ sql, url }) => {
    await sql(`INSERT INTO billing.accounts (id, name) SELECT 'acc_' || i, 'Acme' FROM generate_series(1, $1::int) i`, [
      ACCOUNTS,
    ])
    await using child = await startChild('importing-child.ts')
    const first = await child.ask<ImportCost>({ url, path })
    const again = await child.ask<ImportCost>({ url, path })
    if (first.added !== rows || again.unchanged !== rows) throw new Error(`${first.added} rows were added`)
    return { first, again }
  })
}

const ROWS_A_PIECE = 1000

function* csvOfGrants(rows: number): Generator<string> {
  yield 'id,account_id,kind,name,unit,amount,remaining,priority,granted_at,effective_at,expires_at,voided_at,expired_amount\n'
  for (let from = 0; from < rows; from += ROWS_A_PIECE) {
    yield Array.from({ length: ROWS_A_PIECE }, (_, index) => csvRow(from + index)).join('')
  }
}

function csvRow(index: number): string {
  const account = `acc_${(index % ACCOUNTS) + 1}`
  const expiry = inDays((index % 2000) - 200).toISOString()
  return `cg_${index},${account},purchased,"Top-up, ${index}",USD,20.00,${index % 20}.50,0,2026-01-01T00:00:00Z,,${expiry},,\n`
}
