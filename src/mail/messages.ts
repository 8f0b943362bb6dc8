import { IntlMessageFormat } from 'intl-messageformat'
import { UsageError } from '../errors.ts'

/** The phrases of one language, as ICU messages compiled once. Throws for a name or a value that is not there. */
export type Messages = (name: string, values?: Readonly<Record<string, string | number>>) => string

/**
 * Compiles the phrases of a language.
 *
 * @param file names the file in faults
 * @throws UsageError where the file is not a flat map of ICU messages
 */
export function compileMessages(source: string, locale: string, file: string): Messages {
  const compiled = new Map<string, IntlMessageFormat>()
  for (const [name, text] of Object.entries(parse(source, file))) {
    try {
      compiled.set(name, new IntlMessageFormat(String(text), locale, undefined, { ignoreTag: true }))
    } catch (error) {
      throw new UsageError(
        `${file}: the message "${name}" is no ICU message: ${error instanceof Error ? error.message : ''}`,
      )
    }
  }
  return (name, values) => {
    const message = compiled.get(name)
    if (message === undefined) throw new UsageError(`${file}: the message "${name}" is missing`)
    try {
      return String(message.format(values))
    } catch (error) {
      throw new UsageError(`${file}: the message "${name}": ${error instanceof Error ? error.message : ''}`)
    }
  }
}

function parse(source: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(source)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : 'not JSON'}`)
  }
  throw new UsageError(`${file}: must be an object of messages`)
}
