/**
 * The address of a `Final-Recipient` or `Original-Recipient` (RFC 3464, 2.3.1 and 2.3.2), in every form that it may be
 * meant in: as it stands, and decoded. `rfc822; ana+2Bbilling@example.com` is either an address with a tag `2Bbilling` or
 * `ana+billing@example.com`: programs differ in whether they undo the encoding of ORCPT (RFC 3461, 4) before they write it.
 * `utf-8; \x{430}@example.com` has an encoding of its own (RFC 6533, 3). Empty for other types, such as X.400.
 */
export function reportedAddresses(field: string): readonly string[] {
  const [, type = 'rfc822', written = ''] = /^(?:([\w.-]+)[ \t]*;)?(.*)$/s.exec(field) ?? []
  const address = written.trim().replace(/^<(.*)>$/, '$1')
  if (!address.includes('@')) return []
  switch (type.toLowerCase()) {
    case 'rfc822':
      return [...new Set([address, withoutXtext(address)])]
    case 'utf-8':
      return [address.replace(/\\x\{([\dA-F]{2,6})\}/gi, (all, digits: string) => characterOf(digits) ?? all)]
    default:
      return []
  }
}

/** `+` and two hexadecimal digits stand for an octet (RFC 3461, 4). */
function withoutXtext(address: string): string {
  return address.replace(/\+([\dA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function characterOf(digits: string): string | null {
  const code = Number.parseInt(digits, 16)
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : null
}
