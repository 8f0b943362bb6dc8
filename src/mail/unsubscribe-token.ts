import { createHmac, timingSafeEqual } from 'node:crypto'

/** The form of the token; another one can be told apart, and its keys rotated, by its first character. */
const VERSION = '1'
/** 128 bits of the MAC: no shorter than RFC 2104, 5 allows. */
const MAC_BYTES = 16

/** Whom an unsubscribe link speaks for. */
export type UnsubscribeTarget = Readonly<{ contactId: string; accountId: string }>

/** A token that only we can make, for the link in a mail. It holds ids and no address, and does not expire. */
export function signUnsubscribeToken({ contactId, accountId }: UnsubscribeTarget, secret: string): string {
  const payload = Buffer.from(JSON.stringify([contactId, accountId])).toString('base64url')
  return `${VERSION}.${payload}.${macOf(payload, secret)}`
}

/** Whom a token speaks for; null where we did not sign it. */
export function readUnsubscribeToken(token: string, secret: string): UnsubscribeTarget | null {
  const [version, payload, mac, ...rest] = token.split('.')
  if (version !== VERSION || payload === undefined || mac === undefined || rest.length > 0) return null
  // Compared as written: base64url has several spellings of the same bytes.
  const given = Buffer.from(mac)
  const expected = Buffer.from(macOf(payload, secret))
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  // Signed by us, so it is what we wrote.
  const [contactId, accountId] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, string]
  return { contactId, accountId }
}

/** The page behind the link. */
export function unsubscribeUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/unsubscribe/${token}`
}

function macOf(payload: string, secret: string): string {
  // The purpose is part of what is signed: a MAC made for anything else is none here.
  const mac = createHmac('sha256', secret).update(`unsubscribe:${VERSION}:${payload}`).digest()
  return mac.subarray(0, MAC_BYTES).toString('base64url')
}
