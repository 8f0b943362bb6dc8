/** A calendar file as it was attached, to the byte. */
export type AttachedCalendar = Readonly<{ filename: string; method: string; content: string }>

/**
 * The calendar files of a message. Taken from its source: a library of mails would give them with line ends of its own.
 */
export function calendarFilesOf(raw: Buffer): readonly AttachedCalendar[] {
  return raw
    .toString('latin1')
    .split(/\r\n--[^\r\n]+\r\n/)
    .flatMap((part) => {
      const end = part.indexOf('\r\n\r\n')
      const head = part.slice(0, end).replace(/\r\n(?=[ \t])/g, '')
      const method = /^Content-Type: text\/calendar; charset=utf-8; method=(\w+)/im.exec(head)?.[1]
      const filename = /^Content-Disposition: attachment; filename="([^"]+)"$/m.exec(head)?.[1]
      if (method === undefined || filename === undefined) return []
      return [{ filename, method, content: unquoted(part.slice(end + 4)) }]
    })
}

/** RFC 2045, 6.7. */
function unquoted(text: string): string {
  const octets = text
    .replace(/=\r\n/g, '')
    .replace(/=([\dA-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(octets, 'latin1').toString()
}
