import { UsageError } from '../errors.ts'

/**
 * Parses JSON that people write.
 *
 * @param file names the file in the fault
 * @throws UsageError with file and line
 */
export function parseJson(source: string, file: string): unknown {
  try {
    return JSON.parse(source)
  } catch (error) {
    const { message } = error as Error
    const [place, line] = / \(line (\d+) column \d+\)/.exec(message) ?? []
    // No line is told of a file that ends too soon: it is the last.
    const at = line ?? source.trimEnd().split('\n').length
    const words = message
      .replace(place ?? '', '')
      .replace(/ at position \d+/, '')
      .replace(/\s+/g, ' ')
    throw new UsageError(`${file}:${at}: not JSON: ${words}`, { cause: error })
  }
}

/** A name at the beginning of a line; a text of JSON has no line break of its own. */
const NAME = /^[\s{]*"((?:[^"\\]|\\.)*)"\s*:/

/** Names that stand twice in an object of one line each, of which the first would be lost without a word. */
export function namesTwice(source: string): readonly Readonly<{ name: string; line: number }>[] {
  const seen = new Set<string>()
  return source.split('\n').flatMap((text, index) => {
    const [, name] = NAME.exec(text) ?? []
    if (name === undefined) return []
    if (seen.has(name)) return [{ name, line: index + 1 }]
    seen.add(name)
    return []
  })
}
