import { createHmac, timingSafeEqual } from 'node:crypto'
import type { UnsubscribeTarget } from './unsubscribe-target.ts'

const VERSION = '1'
/** 128 bits of the MAC: no shorter than RFC 2104, 5 allows. */
const MAC_BYTES = 16

/**
 * Reads a token of the first version, `1.payload.mac`: such links are in mailboxes, and do not expire. They are made no
 * more, because whoever sees one can read the ids in it; and they name no address.
 */
export function readFirstToken(token: string, secret: string): UnsubscribeTarget | null {
  const [version, payload, mac, ...rest] = token.split('.')
  if (version !== VERSION || payload === undefined || mac === undefined || rest.length > 0) return null
  // Compared as written: base64url has several spellings of the same bytes.
  const given = Buffer.from(mac)
  const expected = Buffer.from(macOf(payload, secret))
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  // Signed by us, so it is what we wrote.
  const [contactId, accountId] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, string]
  return { contactId, accountId, addressHash: null, locale: null }
}

function macOf(payload: string, secret: string): string {
  const mac = createHmac('sha256', secret).update(`unsubscribe:${VERSION}:${payload}`).digest()
  return mac.subarray(0, MAC_BYTES).toString('base64url')
}
