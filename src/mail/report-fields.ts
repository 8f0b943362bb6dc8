/** The fields of a header, or of one group of a report, by their names in lower case; of one name, every value. */
export type Fields = ReadonlyMap<string, readonly string[]>

/**
 * Reads groups of fields (RFC 3464, 2.1.2): as in a header, each `Name: value`, folded over lines that begin with a space
 * (RFC 5322, 2.2.3), and the groups parted by blank lines. What is no field is passed over.
 */
export function readFieldGroups(text: string): readonly Fields[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/\n(?:[ \t]*\n)+/)
    .map(readFields)
    .filter(({ size }) => size > 0)
}

/** Reads the fields up to the first blank line: those of a message's header. */
export function readHeaderFields(text: string): Fields {
  const [header = ''] = text.replace(/\r\n?/g, '\n').split(/\n[ \t]*\n/, 1)
  return readFields(header)
}

/** The first value of a field; an empty text where there is none. */
export function fieldOf(fields: Fields, name: string): string {
  return fields.get(name)?.[0] ?? ''
}

function readFields(group: string): Fields {
  const fields = new Map<string, string[]>()
  for (const line of group.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase()
    // RFC 5322, 2.2: a name has no spaces in it.
    if (name === '' || /\s/.test(name)) continue
    const value = line.slice(colon + 1).trim()
    const values = fields.get(name)
    if (values === undefined) fields.set(name, [value])
    else values.push(value)
  }
  return fields
}
