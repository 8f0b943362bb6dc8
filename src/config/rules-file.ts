import { readFile } from 'node:fs/promises'
import type { Rules } from '../domain/rules.ts'
import { UsageError } from '../errors.ts'
import { faultLines } from './rules-faults.ts'
import { rulesSchema } from './rules-schema.ts'
import { readYaml } from './yaml-text.ts'

/** Where the rules are looked for when nobody says where they are. */
export const DEFAULT_RULES_FILE = 'credit-reminders.yaml'

/**
 * Reads the company's rules. `file` is what CREDIT_REMINDERS_CONFIG says; where it says nothing, the default file is
 * read if there is one, and else the documented defaults hold.
 *
 * @param namedBy what names the file, for the words of a fault
 * @throws UsageError with one line per fault, each with file, line and column.
 */
export async function readRules(file: string | undefined, namedBy = 'CREDIT_REMINDERS_CONFIG'): Promise<Rules> {
  const bytes = await read(file, namedBy)
  return bytes === null
    ? defaultRules()
    : parseRules(decode(bytes, file ?? DEFAULT_RULES_FILE), file ?? DEFAULT_RULES_FILE)
}

/** The rules of a company that states none. */
export function defaultRules(): Rules {
  return rulesSchema.parse({})
}

/** The rules that a text states; `file` is the name that faults carry. */
export function parseRules(text: string, file: string = DEFAULT_RULES_FILE): Rules {
  const yaml = readYaml(text, 'minimumRemaining')
  if (!('placeOf' in yaml)) {
    throw new UsageError(yaml.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`))
  }
  const parsed = rulesSchema.safeParse(yaml.value)
  if (!parsed.success) throw new UsageError(faultLines(file, yaml, parsed.error.issues))
  return parsed.data
}

async function read(file: string | undefined, namedBy: string): Promise<Buffer | null> {
  try {
    return await readFile(file ?? DEFAULT_RULES_FILE)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'ENOENT' && file === undefined) return null
    const name = file ?? DEFAULT_RULES_FILE
    throw new UsageError(
      code === 'ENOENT'
        ? `${namedBy} names ${name}, which does not exist; name a file that does`
        : `${name} cannot be read (${code}); it must be a file that this user may read`,
      { cause: error },
    )
  }
}

const NEWLINE = 0x0a

function decode(bytes: Buffer, file: string): string {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  try {
    return utf8.decode(bytes)
  } catch {
    throw new UsageError(`${file}:${firstBadLine(bytes)}: is not UTF-8 text; save the file as UTF-8`)
  }
}

/** No UTF-8 sequence crosses a line break, so each line can be tried by itself. */
function firstBadLine(bytes: Buffer): number {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  for (let line = 1, start = 0; start <= bytes.length; line++) {
    const end = bytes.indexOf(NEWLINE, start)
    try {
      utf8.decode(bytes.subarray(start, end === -1 ? bytes.length : end))
    } catch {
      return line
    }
    if (end === -1) break
    start = end + 1
  }
  return 1
}
