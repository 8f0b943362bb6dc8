import { FORGOTTEN } from './domain/retention.ts'

/**
 * A JSON escape (kept, so that the `n` of a line break before an address is not taken for a letter of it),
 * the credentials of a URL, or a mail address. The lengths are bounded, so that no text makes the search slow.
 */
const ESCAPE_OR_SECRET =
  /\\u[\da-f]{4}|\\.|(:\/\/)[^\s"<>\\]{0,500}@|[^\s"<>()[\]\\,;@]{1,64}@([^\s"'<>()[\]\\,;:@/?#]{1,255})/gi

/** The text with mail addresses cut to their domain (`***@example.com`) and the credentials of URLs removed. */
export function maskText(text: string): string {
  // Most lines of a log have none, and searching each for one would be most of their cost.
  if (!text.includes('@')) return text
  return text.replace(ESCAPE_OR_SECRET, (match, scheme: string | undefined, domain: string | undefined) => {
    if (scheme !== undefined) return `${scheme}***@`
    return domain === undefined ? match : `***@${domain}`
  })
}

/** An address that its owner recognises and nobody else can use: `a***@example.com`. */
export function maskAddress(address: string): string {
  if (address === FORGOTTEN) return address
  const at = address.lastIndexOf('@')
  const [first = ''] = address
  return at < 1 ? '***' : `${first}***${address.slice(at)}`
}
