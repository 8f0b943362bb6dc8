import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import Table from 'cli-table3'
import { openForLedger } from '../compose-ledger.ts'
import { UsageError } from '../errors.ts'
import {
  countSuppressions,
  findSuppressions,
  latestSuppressions,
  type Suppression,
  suppressionPages,
} from '../store/suppression-list.ts'
import { note, print, printable, printJson, withoutTrailingBlanks } from './output.ts'
import { readAddresses } from './suppress-addresses.ts'
import { csvHeader, csvLines } from './suppression-csv.ts'
import { BORDERLESS } from './table.ts'

type Pages = AsyncIterable<readonly Suppression[]>
type Options = Readonly<{ format: 'table' | 'json' | 'csv'; limit: number }>

/** `suppress list`: the latest additions as a table, or all of it for machines; of given addresses, those on the list. */
export async function list(addresses: readonly string[], { format, limit }: Options): Promise<undefined> {
  const given = addresses.length === 0 ? null : await readAddresses(addresses, { hashes: true })
  await using setting = await openForLedger()
  const { db } = setting
  const hashes = given?.map(({ hash }) => hash) ?? null
  if (format === 'table') {
    const shown = await (hashes === null ? latestSuppressions(db, limit) : findSuppressions(db, hashes))
    print(shown.length === 0 ? nothingFound(hashes) : table(shown))
    const all = hashes === null ? await countSuppressions(db) : shown.length
    if (all > shown.length) note(`the latest ${shown.length} of ${all}; --limit shows more, suppress export all`)
    return
  }
  const pages = hashes === null ? suppressionPages(db) : onePage(await findSuppressions(db, hashes))
  if (format === 'json') printJson(await collect(pages))
  else await writeCsv(pages, writeOut)
}

/** `suppress export [FILE]`. A file is there in full, or not at all: one that ends too early would let mails go out. */
export async function exportTo(file: string | undefined): Promise<undefined> {
  await using setting = await openForLedger()
  const pages = suppressionPages(setting.db)
  if (file === undefined) return void (await writeCsv(pages, writeOut))
  const unfinished = `${file}.${randomUUID()}`
  try {
    await using handle = await open(unfinished, 'wx', 0o600)
    await writeCsv(pages, (text) => handle.writeFile(text))
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    const { code, syscall, message } = error as NodeJS.ErrnoException
    throw code !== undefined && syscall !== undefined
      ? new UsageError(`${file} cannot be written: ${message}; name a file that can`)
      : error
  }
}

async function writeCsv(pages: Pages, write: (text: string) => Promise<void>): Promise<void> {
  await write(csvHeader())
  for await (const page of pages) await write(csvLines(page))
}

/** Waits until it has left, so that a list of millions is never in memory as a whole. */
function writeOut(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}

async function collect(pages: Pages): Promise<readonly Suppression[]> {
  const all: Suppression[] = []
  for await (const page of pages) all.push(...page)
  return all
}

async function* onePage(page: readonly Suppression[]): AsyncGenerator<readonly Suppression[]> {
  yield page
}

function nothingFound(hashes: readonly string[] | null): string {
  if (hashes === null) return 'No address is on the suppression list.'
  return hashes.length === 1 ? 'The address is not on the list.' : 'None of the addresses is on the list.'
}

function table(suppressions: readonly Suppression[]): string {
  const rows = new Table({
    head: ['since', 'reason', 'kept from', 'source', 'hash of the address'],
    style: { head: [], border: [], compact: true },
    chars: BORDERLESS,
  })
  for (const { createdAt, reason, scope, source, addressHash } of suppressions) {
    const kept = scope === 'all' ? 'all mail' : 'warnings'
    rows.push([createdAt.toISOString(), reason, kept, printable(source), addressHash])
  }
  return withoutTrailingBlanks(rows.toString())
}
