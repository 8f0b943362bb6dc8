import type { Readable } from 'node:stream'
import type pg from 'pg'
import { UsageError } from '../../errors.ts'
import { forbidImporting, holdImportLock, inImportSession } from '../../store/import-session.ts'
import { createStaging, type StagedRow, settleStaging, stageRows } from '../../store/import-staging.ts'
import { requireImportTarget } from '../../store/import-target.ts'
import {
  analyse,
  compareRows,
  type ImportCounts,
  NO_ROWS,
  type StagedRange,
  sumOf,
  writeRows,
} from '../../store/import-writing.ts'
import type { OpenProgress } from '../progress.ts'
import { checkTogether } from './check-together.ts'
import { FaultList, UnreadableFile } from './faults.ts'
import { fileRows } from './file-rows.ts'
import { type ImportFile, shownName } from './files.ts'
import { IMPORTED, type Imported, RELATIONS } from './relations.ts'

export type ImportOrder = Readonly<{
  url: string
  files: readonly ImportFile[]
  stdin: Readable
  openProgress: OpenProgress
  /** Only say what would be. */
  isDry: boolean
}>

/** What the rows of a relation's files came to. */
export type Imports = readonly Readonly<{ relation: Imported; counts: ImportCounts }>[]

/**
 * Reads all files, checks every row, and brings the tables of `billing` to what the files say: all of it, or with a
 * single fault nothing. The memory that it takes does not follow the size of the files: rows go to a table of the
 * transaction's own as they come, and what concerns several of them is asked there.
 *
 * @throws UsageError with the first faults, each with file and line
 * @throws DependencyError where `billing` is not there, or not to be written
 */
export async function importRows(order: ImportOrder): Promise<Imports> {
  return inImportSession(order.url, async (client) => {
    const relations = IMPORTED.filter((relation) => order.files.some((file) => file.relation === relation))
    await requireTargets(client, relations)
    const staged = await stageFiles(client, order)
    if (order.isDry) await forbidImporting(client)
    const applied = await applyFiles(client, staged, order)
    return relations.map((relation) => ({ relation, counts: totalOf(applied, relation) }))
  })
}

async function requireTargets(client: pg.ClientBase, relations: readonly Imported[]): Promise<void> {
  // Whatever else is imported belongs to accounts.
  for (const relation of new Set<Imported>(['accounts', ...relations])) {
    await requireImportTarget(client, RELATIONS[relation], { isRead: !relations.includes(relation) })
  }
}

type StagedFile = Readonly<{
  file: ImportFile
  range: StagedRange
  given: ReadonlySet<string>
  isWhole: boolean
}>

const BYTES_PER_MIB = 1024 * 1024

/** @throws UsageError where anything is wrong with any row */
async function stageFiles(client: pg.ClientBase, order: ImportOrder): Promise<readonly StagedFile[]> {
  const { files, openProgress } = order
  const faults = new FaultList()
  await createStaging(client, Object.values(RELATIONS))
  const progress = openProgress('reading, in MiB')
  const advance = (bytes: number) => progress.advance(bytes / BYTES_PER_MIB)
  const sizes = files.map(({ bytes }) => bytes)
  // A pipe does not say how much will come.
  if (!sizes.includes(null))
    progress.expect(sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0) / BYTES_PER_MIB)
  const staged: StagedFile[] = []
  try {
    for (const [number, file] of files.entries()) {
      const from = staged.findLast((each) => each.file.relation === file.relation)?.range.to ?? 1
      staged.push(await stageFile(client, { order, file, number, from, faults, advance }))
    }
  } finally {
    progress.finish()
  }
  for (const table of Object.values(RELATIONS)) await settleStaging(client, table)
  await checkTogether(client, staged, faults)
  if (faults.total > 0) {
    throw new UsageError([...faults.lines(files.map(shownName)), 'nothing was imported; mend these, and import again'])
  }
  return staged
}

type FileToStage = Readonly<{
  order: ImportOrder
  file: ImportFile
  number: number
  /** The ordinal of its first row. */
  from: number
  faults: FaultList
  advance: (bytes: number) => void
}>

async function stageFile(client: pg.ClientBase, each: FileToStage): Promise<StagedFile> {
  const { order, file, number, from, faults, advance } = each
  const report = faults.reportFor(number)
  const given = new Set<string>()
  const found = { rows: 0, isWhole: true }
  const rows = async function* (): AsyncGenerator<readonly StagedRow[]> {
    try {
      for await (const some of fileRows(file, { stdin: order.stdin, report, given, advance })) {
        found.rows += some.length
        yield some
      }
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error
      found.isWhole = false
      for (const fault of error.faults) report(fault)
    }
  }
  await stageRows(client, { table: RELATIONS[file.relation], file: number, rows: rows(), firstOrdinal: from })
  return { file, range: { from, to: from + found.rows }, given, isWhole: found.isWhole }
}

/** So many rows a statement: progress is seen, and no statement is long. */
const ROWS_WRITTEN_AT_ONCE = 50_000
/** To compare rows may take going through the whole table, however few they are. */
const ROWS_COMPARED_AT_ONCE = 10 * ROWS_WRITTEN_AT_ONCE

async function applyFiles(
  client: pg.ClientBase,
  staged: readonly StagedFile[],
  { openProgress, isDry }: ImportOrder,
): Promise<Imports> {
  await holdImportLock(client)
  const progress = openProgress(isDry ? 'comparing rows' : 'writing rows')
  progress.expect(staged.reduce((sum, { range }) => sum + range.to - range.from, 0))
  const applied: Imports[number][] = []
  try {
    for (const { file, range, given } of staged) {
      const table = RELATIONS[file.relation]
      for (let from = range.from; from < range.to; from += ROWS_COMPARED_AT_ONCE) {
        const part = { table, columns: given, range: { from, to: Math.min(from + ROWS_COMPARED_AT_ONCE, range.to) } }
        for (const { range: written, counts } of await compareRows(client, part, ROWS_WRITTEN_AT_ONCE)) {
          applied.push({ relation: file.relation, counts })
          // A statement that changes nothing would still lock each row, and write that down.
          if (!isDry && counts.added + counts.changed > 0) {
            await writeRows(client, { ...part, range: written }, { areNew: counts.changed + counts.unchanged === 0 })
          }
          progress.advance(written.to - written.from)
        }
      }
      if (!isDry) await analyse(client, table)
    }
  } finally {
    progress.finish()
  }
  return applied
}

function totalOf(applied: Imports, relation: Imported): ImportCounts {
  return applied.filter((each) => each.relation === relation).reduce((sum, { counts }) => sumOf(sum, counts), NO_ROWS)
}
