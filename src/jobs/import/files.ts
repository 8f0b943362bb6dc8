import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { UsageError } from '../../errors.ts'
import { IMPORTED, type Imported } from './relations.ts'

export type FileFormat = 'csv' | 'jsonl'

/** A file to import, and what is in it. */
export type ImportFile = Readonly<{
  /** `-` is stdin. */
  path: string
  relation: Imported
  /** Null where the name does not tell: the first character will. */
  format: FileFormat | null
  isCompressed: boolean
  /** Null where it is not known beforehand, as of a pipe. */
  bytes: number | null
}>

export const STDIN = '-'

const FORMATS: Readonly<Record<string, FileFormat>> = {
  ...{ csv: 'csv', tsv: 'csv', txt: 'csv' },
  ...{ jsonl: 'jsonl', ndjson: 'jsonl', json: 'jsonl' },
}

/**
 * Finds out what is in the files, by their names or by `as`, in the order in which the relations depend on each other.
 *
 * @throws UsageError with a line for each that cannot be read, or of which it is not clear what it holds
 */
export async function importFiles(paths: readonly string[], as: Imported | null): Promise<readonly ImportFile[]> {
  const faults: string[] = []
  const files: ImportFile[] = []
  for (const path of paths) {
    const relation = as ?? relationOf(path)
    const found = path === STDIN ? { bytes: null } : await sizeOf(path)
    if ('fault' in found) faults.push(found.fault)
    else if (relation === null) faults.push(unclear(path))
    else files.push({ path, relation, ...formatOf(path), ...found })
  }
  if (paths.filter((path) => path === STDIN).length > 1) faults.push('stdin (-) can be read once only; name it once')
  if (faults.length > 0) throw new UsageError(faults)
  return files.toSorted((a, b) => IMPORTED.indexOf(a.relation) - IMPORTED.indexOf(b.relation))
}

/** The file as faults name it. */
export function shownName({ path }: Pick<ImportFile, 'path'>): string {
  return path === STDIN ? 'stdin' : path
}

/** `grants.csv`, `credit_grants-2026.jsonl.gz`, `billing.accounts.csv`; null where the name has none of the words, or two. */
function relationOf(path: string): Imported | null {
  const words = basename(path)
    .toLowerCase()
    .split(/[^a-z]+/)
  const named = IMPORTED.filter((relation) => words.includes(relation))
  return named.length === 1 ? (named[0] ?? null) : null
}

function formatOf(path: string): Pick<ImportFile, 'format' | 'isCompressed'> {
  const parts = basename(path).toLowerCase().split('.')
  const isCompressed = parts.at(-1) === 'gz'
  return { format: FORMATS[parts.at(isCompressed ? -2 : -1) ?? ''] ?? null, isCompressed }
}

function unclear(path: string): string {
  const name = shownName({ path })
  return `${name}: the name does not tell what is in it; say so: --as ${IMPORTED.join('|')}`
}

async function sizeOf(path: string): Promise<{ bytes: number | null } | { fault: string }> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return { fault: `${path} is a folder; name the files in it` }
    return { bytes: found.isFile() ? found.size : null }
  } catch (error) {
    return { fault: `${path} cannot be read (${codeOf(error)}); name a file that is there` }
  }
}

/** Errors of the system have a code. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
