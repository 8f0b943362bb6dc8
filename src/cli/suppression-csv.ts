import type { Readable } from 'node:stream'
import { CsvError, type Info, parse } from 'csv-parse'
import { stringify } from 'csv-stringify/sync'
import { z } from 'zod'
import { isDeliverableAddress } from '../domain/address.ts'
import { UsageError } from '../errors.ts'
import { maskText } from '../mask.ts'
import { addressHash } from '../store/address-hash.ts'
import type { Suppression } from '../store/suppression-list.ts'
import { type NewSuppression, SUPPRESSION_REASONS } from '../store/suppressions.ts'

const SCOPES = ['all', 'warnings'] as const
const COLUMNS = ['address', 'address_hash', 'reason', 'scope', 'source', 'created_at'] as const
const EXPORTED = COLUMNS.filter((column) => column !== 'address')
/** A quote that is never closed would else take in all the rest of a file. */
const MAX_RECORD_CHARACTERS = 20_000
const FIRST_YEAR = 1970

const rowSchema = z
  .object({
    address: z.string().refine(isDeliverableAddress, 'address is no mail address').optional(),
    address_hash: z
      .string()
      .regex(/^[\da-f]{64}$/i, 'address_hash is no SHA-256 in hex, which has 64 digits')
      .toLowerCase()
      .optional(),
    reason: z.enum(SUPPRESSION_REASONS, `reason is none of ${SUPPRESSION_REASONS.join(', ')}`).default('manual'),
    scope: z.enum(SCOPES, `scope is none of ${SCOPES.join(', ')}`).default('all'),
    source: z.string().max(200, 'source has more than 200 characters').default('suppress import'),
    created_at: z.iso
      .datetime({ offset: true, error: 'created_at is no time with a zone such as 2026-11-24T09:00:00Z' })
      .transform((instant) => new Date(instant))
      .refine((instant) => instant.getUTCFullYear() >= FIRST_YEAR, `created_at is before ${FIRST_YEAR}`)
      .optional(),
  })
  .transform(({ address, address_hash: hash, created_at, source, ...row }, context): NewSuppression => {
    const computed = address === undefined ? undefined : addressHash(address)
    if (computed === undefined && hash === undefined) context.addIssue('has neither address nor address_hash')
    if (computed !== undefined && hash !== undefined && computed !== hash) {
      context.addIssue('address and address_hash are not of the same address')
    }
    return {
      ...row,
      addressHash: computed ?? hash ?? '',
      source: maskText(source),
      ...(created_at !== undefined && { createdAt: created_at }),
    }
  })

/** What a CSV file came to: its entries, what is wrong with the other lines, and columns that mean nothing here. */
export type SuppressionCsv = Readonly<{
  entries: readonly NewSuppression[]
  faults: readonly string[]
  unused: readonly string[]
}>

/**
 * Reads a list as CSV (RFC 4180; a byte order mark, line ends of any kind and blank lines do no harm). The first line
 * names the columns: `address` or `address_hash`, and whichever of the others there are.
 *
 * @throws UsageError where it cannot be read on: no header, or quotes that do not match
 */
export async function readSuppressionCsv(input: Readable): Promise<SuppressionCsv> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    max_record_size: MAX_RECORD_CHARACTERS,
  })
  // A pipe would leave the fault of a file that cannot be read to nobody.
  input.on('error', (error) => parser.destroy(error)).pipe(parser)
  let header: readonly string[] | null = null
  const entries: NewSuppression[] = []
  const faults: string[] = []
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      if (header === null) {
        header = readHeader(record)
        continue
      }
      const row = readRow(header, record)
      if (row.success) entries.push(row.entry)
      else faults.push(`line ${info.lines}: ${row.fault}`)
    }
  } catch (error) {
    throw error instanceof CsvError ? new UsageError(brokenAt(error)) : error
  }
  if (header === null) throw new UsageError('the file is empty; its first line names the columns: address, …')
  return { entries, faults, unused: header.filter((name) => !isColumn(name)) }
}

function readHeader(record: readonly string[]): readonly string[] {
  const header = record.map((name) => name.toLowerCase())
  if (header.includes('address') || header.includes('address_hash')) {
    const twice = COLUMNS.find((column) => header.indexOf(column) !== header.lastIndexOf(column))
    if (twice !== undefined) throw new UsageError(`line 1 names the column ${twice} twice; leave one of them out`)
    return header
  }
  const hint = header.length === 1 && /[;\t]/.test(header[0] ?? '') ? '; columns are separated by commas' : ''
  throw new UsageError(`line 1 names no column address or address_hash: write a header such as "address,scope"${hint}`)
}

function isColumn(name: string): name is (typeof COLUMNS)[number] {
  return COLUMNS.some((column) => column === name)
}

type ReadRow = Readonly<{ success: true; entry: NewSuppression } | { success: false; fault: string }>

function readRow(header: readonly string[], record: readonly string[]): ReadRow {
  if (record.length !== header.length) {
    return { success: false, fault: `has ${record.length} fields where the header has ${header.length}` }
  }
  // An empty field is none.
  const fields = header.map((name, index) => [name, record[index]] as const).filter(([, value]) => value !== '')
  const row = rowSchema.safeParse(Object.fromEntries(fields))
  if (row.success) return { success: true, entry: row.data }
  return { success: false, fault: row.error.issues.map(({ message }) => message).join('; ') }
}

function brokenAt({ code, ...error }: CsvError): string {
  const line = typeof error.lines === 'number' ? `line ${error.lines}` : 'a line'
  return code === 'CSV_MAX_RECORD_SIZE'
    ? `${line}: longer than ${MAX_RECORD_CHARACTERS} characters; is a quote not closed?`
    : `${line}: its quotes do not match; write a quote within quotes twice`
}

/** The header of an export. */
export function csvHeader(): string {
  return stringify([EXPORTED])
}

/** Lines of an export, which `readSuppressionCsv` takes as they are. */
export function csvLines(page: readonly Suppression[]): string {
  return stringify(
    page.map((each) => [each.addressHash, each.reason, each.scope, each.source, each.createdAt.toISOString()]),
  )
}
