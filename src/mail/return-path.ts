import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a token is for, by its first digit, which also tells its form. What is signed for one use is nothing for another. */
const USES = { 'return-path': '1', unsubscribe: 'u' } as const
type Use = keyof typeof USES
/** A UUID's 128 bits, and those of the MAC, in digits of five bits. */
const ID_DIGITS = 26
const MAC_DIGITS = 16
/** 80 bits of the MAC: no shorter than RFC 2104, 5 allows. */
const MAC_BYTES = 10
const TOKEN_DIGITS = 1 + ID_DIGITS + MAC_DIGITS

/** RFC 5321, 4.5.3.1.1. */
const MAX_LOCAL_PART_CHARACTERS = 64
/** How long the local part of the plain return path may be: what follows it are a `+` and the token. */
export const MAX_RETURN_PATH_CHARACTERS = MAX_LOCAL_PART_CHARACTERS - 1 - TOKEN_DIGITS

/** Where bounces go, and what the tokens in their address are signed with. */
export type ReturnPath = Readonly<{
  address: string
  secret: string
  /** What they were signed with before: bounces of such mails may still be on their way. */
  earlierSecrets?: readonly string[]
}>

/** Where mail programs write whom a mail was delivered to. */
export const DELIVERED_TO = ['to', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-delivered-to']

/**
 * The envelope sender of one mail: `bounces+1…@bounces.example.com`. What comes back to it names the mail, however little
 * its message says; and nobody else can make one, so that nobody can have a stranger's address suppressed.
 *
 * The token is in digits and lower case, and read in either case: some servers change it (RFC 5321, 2.4 forbids it).
 */
export function returnPathOf(mailId: string, path: ReturnPath): string {
  return addressOf(mailId, 'return-path', path)
}

/**
 * Where a reader of one mail asks for no more: `bounces+u…@bounces.example.com`. Some clients send such a mail without the
 * subject that they were given, so that the address alone has to say it; nothing else is ever sent there.
 */
export function unsubscribeAddressOf(mailId: string, path: ReturnPath): string {
  return addressOf(mailId, 'unsubscribe', path)
}

function addressOf(mailId: string, use: Use, { address, secret }: ReturnPath): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}+${tokenOf(mailId, use, secret)}${address.slice(at)}`
}

/** The mail whose return path stands somewhere in a text, such as a header; null where none does that we made. */
export function mailOfReturnPath(text: string, path: ReturnPath): string | null {
  return mailOf(text, 'return-path', path)
}

/** The mail whose reader wrote to the address that it was given to ask for no more; null as above. */
export function mailOfUnsubscribeAddress(text: string, path: ReturnPath): string | null {
  return mailOf(text, 'unsubscribe', path)
}

/** True where such an address may stand in a text, whoever made it. */
export function mayHoldUnsubscribeAddress(text: string): boolean {
  return UNSUBSCRIBE_ADDRESS.test(text)
}

const UNSUBSCRIBE_ADDRESS = new RegExp(`\\+${USES.unsubscribe}[\\da-v]{${ID_DIGITS + MAC_DIGITS}}@`, 'i')

function mailOf(text: string, use: Use, { address, secret, earlierSecrets = [] }: ReturnPath): string | null {
  const at = address.lastIndexOf('@')
  const [begin, end] = [`${address.slice(0, at)}+`.toLowerCase(), address.slice(at).toLowerCase()]
  const lower = text.toLowerCase()
  for (let found = lower.indexOf(begin); found !== -1; found = lower.indexOf(begin, found + 1)) {
    const from = found + begin.length
    const to = from + TOKEN_DIGITS
    const mailId = lower.startsWith(end, to) ? readToken(lower.slice(from, to), use, [secret, ...earlierSecrets]) : null
    if (mailId !== null) return mailId
  }
  return null
}

function tokenOf(mailId: string, use: Use, secret: string): string {
  return `${USES[use]}${digitsOf(mailId.replaceAll('-', ''), ID_DIGITS)}${macOf(mailId, use, secret)}`
}

function readToken(token: string, use: Use, secrets: readonly string[]): string | null {
  if (!token.startsWith(USES[use]) || !/^[\da-v]+$/.test(token)) return null
  const mailId = uuidOf(token.slice(1, 1 + ID_DIGITS))
  if (mailId === null) return null
  const given = Buffer.from(token.slice(-MAC_DIGITS))
  const isOurs = secrets.some((secret) => timingSafeEqual(given, Buffer.from(macOf(mailId, use, secret))))
  return isOurs ? mailId : null
}

function macOf(mailId: string, use: Use, secret: string): string {
  // The purpose is part of what is signed: a MAC made for anything else is none here.
  const mac = createHmac('sha256', secret).update(`${use}:${USES[use]}:${mailId}`).digest()
  return digitsOf(mac.subarray(0, MAC_BYTES).toString('hex'), MAC_DIGITS)
}

/** Hexadecimal digits in digits of five bits (the alphabet of RFC 4648, 7). */
function digitsOf(hex: string, digits: number): string {
  return BigInt(`0x${hex}`).toString(32).padStart(digits, '0')
}

function uuidOf(digits: string): string | null {
  const value = [...digits].reduce((sum, digit) => sum * 32n + BigInt(Number.parseInt(digit, 32)), 0n)
  const hex = value.toString(16).padStart(32, '0')
  // 26 digits hold two bits more than a UUID.
  return hex.length > 32 ? null : hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
