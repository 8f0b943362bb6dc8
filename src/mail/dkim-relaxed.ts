const CRLF = '\r\n'
const FOLD = /\r\n(?=[ \t])/g
const BLANKS = /[ \t]+/g

/** The headers of a message by name in lower case, each as it is signed. Each name is there once. */
export function relaxedHeaders(head: string): ReadonlyMap<string, string> {
  const lines = head.replace(FOLD, '').split(CRLF)
  return new Map(
    lines
      .filter((line) => line !== '')
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), relaxedHeader(line)]),
  )
}

/** One header as it is signed (RFC 6376, 3.4.2), without a line break at its end. */
export function relaxedHeader(header: string): string {
  const colon = header.indexOf(':')
  const value = header
    .slice(colon + 1)
    .replace(FOLD, '')
    .replace(BLANKS, ' ')
  return `${header.slice(0, colon).trimEnd().toLowerCase()}:${value.replace(/^ | $/g, '')}`
}

/**
 * The body as its hash is taken of (RFC 6376, 3.4.4): blanks are one space within a line and none at its end, and empty
 * lines at the end of the body do not count. `body` is in lines that end with CRLF.
 */
export function relaxedBody(body: Buffer): Buffer {
  let text = body.toString('latin1')
  // One at a time, each a search for a fixed text: several times faster than one pattern for them all.
  if (text.includes('\t')) text = text.replaceAll('\t', ' ')
  while (text.includes('  ')) text = text.replaceAll('  ', ' ')
  text = text.replaceAll(` ${CRLF}`, CRLF)
  let end = text.length
  while (text.startsWith(CRLF, end - CRLF.length)) end -= CRLF.length
  return Buffer.from(end === 0 ? '' : `${text.slice(0, end)}${CRLF}`, 'latin1')
}
