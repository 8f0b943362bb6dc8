/** Who a mail is from, or where replies go. */
export type Mailbox = Readonly<{ name: string | null; address: string }>

const NAME_AND_ADDRESS = /^(?:"([^"]*)"|([^"<>]*?))\s*<([^<>]*)>$/
const MAX_ADDRESS_CHARACTERS = 254
const MAX_LOCAL_PART_CHARACTERS = 64
/** RFC 5321 dot-string in ASCII; whoever sends for a company chooses a plain address. */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const DOMAIN = /^(?=.{1,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i
const CONTROL = /\p{Cc}/u

/** Reads `Acme Billing <billing@acme.example>`, `"Acme, Inc." <…>` or a bare address; null where it is neither. */
export function parseMailbox(text: string): Mailbox | null {
  if (CONTROL.test(text)) return null
  const match = NAME_AND_ADDRESS.exec(text.trim())
  const address = (match === null ? text : (match[3] ?? '')).trim()
  const name = (match?.[1] ?? match?.[2] ?? '').trim()
  return isAddress(address) ? { name: name === '' ? null : name, address } : null
}

function isAddress(address: string): boolean {
  const at = address.lastIndexOf('@')
  return (
    at > 0 &&
    at <= MAX_LOCAL_PART_CHARACTERS &&
    address.length <= MAX_ADDRESS_CHARACTERS &&
    LOCAL_PART.test(address.slice(0, at)) &&
    DOMAIN.test(address.slice(at + 1))
  )
}
