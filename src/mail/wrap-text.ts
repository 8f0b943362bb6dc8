import { remembering } from '../domain/memo.ts'
import { breakWithin, columnsOf, cutWithin, fitsLine, MAX_COLUMNS } from './line-breaks.ts'

/** Before the sender's own lines; its space belongs to it (RFC 3676, 4.3). */
const SIGNATURE_MARK = '-- '
const LINK = /^https?:\/\//

/**
 * Puts a text part into lines that every mail program shows whole, and under their bullet: broken at spaces, and where a
 * script has none, between its words. A link stays in one piece, or it could not be followed. Runs of empty lines become
 * one.
 */
export function wrapText(text: string): string {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const trimmed = line === SIGNATURE_MARK ? line : line.trimEnd()
    if (trimmed === '' && (lines.at(-1) ?? '') === '') continue
    if (fitsLine(trimmed)) lines.push(trimmed)
    else lines.push(...wrapped(trimmed))
  }
  return `${lines.join('\n').trim()}\n`
}

/** Some of a mail's long lines are the same in all mails of a language. */
const MAX_LINES = 500

const wrapped = remembering(MAX_LINES, (line: string) => line, wrapLine)

function wrapLine(line: string): readonly string[] {
  const [bullet = ''] = /^ *(?:\* )?/.exec(line) ?? []
  const indent = ' '.repeat(bullet.length)
  const lines: string[] = []
  let current = bullet
  let columns = bullet.length
  /** Nothing but the bullet is in the line. */
  let isEmpty = true
  const put = (text: string) => {
    current += isEmpty ? text : ` ${text}`
    columns += columnsOf(text) + (isEmpty ? 0 : 1)
    isEmpty = false
  }
  const end = () => {
    lines.push(current)
    current = indent
    columns = indent.length
    isEmpty = true
  }
  for (const word of line.slice(bullet.length).split(/ +/)) {
    let rest = word
    for (;;) {
      const room = MAX_COLUMNS - columns - (isEmpty ? 0 : 1)
      if (columnsOf(rest) <= room || (isEmpty && LINK.test(rest))) break
      const length = breakWithin(rest, room) || (isEmpty ? cutWithin(rest, room) : 0)
      if (length > 0) put(rest.slice(0, length))
      rest = rest.slice(length)
      end()
    }
    put(rest)
  }
  return [...lines, current]
}
