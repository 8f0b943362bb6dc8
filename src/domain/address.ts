/** RFC 5321, 4.5.3.1.3 with erratum 1690: a path of 256 octets holds two angle brackets. */
const MAX_ADDRESS_OCTETS = 254
/** RFC 5321, 4.5.3.1.1. */
const MAX_LOCAL_PART_OCTETS = 64
/** RFC 1035, 2.3.4: 255 octets on the wire, which are 253 as text (RFC 5321, 4.5.3.1.2 allows no more). */
const MAX_DOMAIN_OCTETS = 253

/**
 * One atom of a local part: `atext` of RFC 5322, 3.2.3, and what RFC 6532, 3.2 adds to it; of that, letters, marks,
 * digits and symbols only. Invisible characters, and those that turn the direction, would make two addresses look alike.
 */
const ATOM = String.raw`(?:[A-Za-z\d!#$%&'*+/=?^_\x60{|}~-]|(?![\p{C}\p{Z}\p{P}])\P{ASCII})+`
const DOT_ATOM = new RegExp(`^${ATOM}(?:\\.${ATOM})*$`, 'u')

/** A label as RFC 5321, 4.1.2 (`sub-domain`) and RFC 1035, 2.3.4 have it. */
const LABEL = '[a-z\\d](?:[a-z\\d-]{0,61}[a-z\\d])?'
/** At least two labels, of which the last begins with a letter: a number there would make it an IP address (RFC 3696, 2). */
const HOST_NAME = new RegExp(`^(?:${LABEL}\\.)+(?=[a-z].)${LABEL}$`)
const NON_ASCII = /\P{ASCII}/u
/** What may stand in a label before it is put into ASCII: nothing that a URL would take for a port, a path or a user. */
const UNICODE_DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u

/**
 * True for an address that a mail can be sent to as it stands, and that no mail program on the way can take for
 * another: `ana@example.com`, `o'brien+billing@example.co.uk`, `ana@bücher.example`, `аня@пример.example`.
 *
 * Stricter than RFC 5321 on purpose. Refused as well:
 * - quoted local parts (`"a b"@example.com`, 4.1.2): hosts should not hand them out (4.1.2), and libraries have been
 *   made to write to somebody else by them;
 * - IP addresses and hosts of one label (`ana@[192.0.2.1]`, `ana@localhost`): no company's customer reads mail there;
 * - a dot at the domain's end (2.3.5), and anything around the address, spaces included: a row that holds more than an
 *   address may mean something else.
 */
export function isDeliverableAddress(email: string): boolean {
  const at = email.lastIndexOf('@')
  const localPart = email.slice(0, Math.max(at, 0))
  const domain = asciiDomain(email.slice(at + 1))
  return (
    domain !== null &&
    octets(localPart) <= MAX_LOCAL_PART_OCTETS &&
    octets(localPart) + 1 + domain.length <= MAX_ADDRESS_OCTETS &&
    isDotAtom(localPart)
  )
}

/**
 * An address in the one form that it is compared by: for "one mail per address", the limit per day, and suppression.
 * Mail goes to the address as its owner wrote it.
 *
 * - The domain in lower case and ASCII: `ana@BÜCHER.example` is `ana@xn--bcher-kva.example` (RFC 5890, 2.3.2.4).
 * - The local part in NFC (RFC 6532, 3.1) and lower case. By RFC 5321, 2.4 only its own host may say whether case
 *   matters; no mail service of today tells `Ana` from `ana`, and a person mailed twice, or mailed again after having
 *   stopped it, is the worse mistake.
 * - Dots and `+tags` stay: what they mean differs from host to host.
 *
 * Anything that is no address is put into lower case and NFC: it never fails.
 */
export function normaliseAddress(email: string): string {
  const text = email.trim().normalize('NFC')
  const at = text.lastIndexOf('@')
  const domain = asciiDomain(text.slice(at + 1))
  if (at === -1 || domain === null) return lowerCase(text)
  return `${lowerCase(text.slice(0, at))}@${domain}`
}

/** The address as envelopes and headers carry it: its domain in ASCII (RFC 5891), which every server takes. */
export function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = asciiDomain(address.slice(at + 1))
  return domain === null ? address : `${address.slice(0, at)}@${domain}`
}

/** The domain of a deliverable address, in lower case and ASCII. */
export function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return asciiDomain(domain) ?? domain
}

/** A host name in lower case and ASCII, where it is one that mail can go to; else null. */
export function asciiDomain(domain: string): string | null {
  const ascii = NON_ASCII.test(domain) ? toAscii(domain) : domain.toLowerCase()
  return ascii !== null && ascii.length <= MAX_DOMAIN_OCTETS && HOST_NAME.test(ascii) ? ascii : null
}

/** By UTS #46, as every browser does it; null where it is no name of a domain. */
function toAscii(domain: string): string | null {
  if (!UNICODE_DOMAIN.test(domain)) return null
  return URL.parse(`http://${domain}`)?.hostname ?? null
}

/** Also in its compatibility form: some mail programs use that, in which a wide `＠` is an `@` (RFC 8264, 5.2.3). */
function isDotAtom(localPart: string): boolean {
  if (!NON_ASCII.test(localPart)) return DOT_ATOM.test(localPart)
  return DOT_ATOM.test(localPart) && DOT_ATOM.test(localPart.normalize('NFKC'))
}

function lowerCase(text: string): string {
  return text.toLowerCase().normalize('NFC')
}

function octets(text: string): number {
  return NON_ASCII.test(text) ? new TextEncoder().encode(text).length : text.length
}
