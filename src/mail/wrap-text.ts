const MAX_LINE_CHARACTERS = 76
/** Before the sender's own lines; its space belongs to it (RFC 3676, 4.3). */
const SIGNATURE_MARK = '-- '

/**
 * Puts a text part into lines that every mail program shows whole, broken at spaces, and under their bullet. A link stays
 * in one piece, or it could not be followed. Runs of empty lines become one.
 */
export function wrapText(text: string): string {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const trimmed = line === SIGNATURE_MARK ? line : line.trimEnd()
    if (trimmed === '' && (lines.at(-1) ?? '') === '') continue
    if (trimmed.length <= MAX_LINE_CHARACTERS) lines.push(trimmed)
    else lines.push(...wrapLine(trimmed))
  }
  return `${lines.join('\n').trim()}\n`
}

function wrapLine(line: string): readonly string[] {
  const [bullet = ''] = /^ *(?:\* )?/.exec(line) ?? []
  const indent = ' '.repeat(bullet.length)
  const lines: string[] = []
  let current = bullet
  let isEmpty = true
  const words = line.slice(bullet.length).split(' ')
  for (const word of words.flatMap((each) => brokenWord(each, MAX_LINE_CHARACTERS - bullet.length))) {
    const next = isEmpty ? current + word : `${current} ${word}`
    if (isEmpty || next.length <= MAX_LINE_CHARACTERS) current = next
    else {
      lines.push(current)
      current = indent + word
    }
    isEmpty = false
  }
  return [...lines, current]
}

/** A word too long for any line, in pieces that are not. */
function brokenWord(word: string, maxCharacters: number): readonly string[] {
  if (word.length <= maxCharacters || /^https?:\/\//.test(word)) return [word]
  const pieces: string[] = ['']
  for (const character of word) {
    if ((pieces.at(-1) ?? '').length + character.length > maxCharacters) pieces.push('')
    pieces[pieces.length - 1] += character
  }
  return pieces
}
