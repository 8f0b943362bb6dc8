import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { remembering } from '../domain/memo.ts'
import { packTarget, type UnsubscribeTarget, unpackTarget } from './unsubscribe-target.ts'
import { readFirstToken } from './unsubscribe-token-1.ts'

/** The form of the token; another one can be told apart by its first character. */
const VERSION = '2'
/**
 * Its last character: programs that make links of a text leave out a hyphen at the end (Thunderbird's
 * `mozTXTToHTMLConv` does), and base64url may end with one.
 */
const END = 'z'
/** 128 bits, as RFC 5297, 2.6 has them: the tag, and the counter that the encryption begins with. */
const IV_BYTES = 16
const KEY_BYTES = 32
const CIPHER = 'aes-256-ctr'

/**
 * A token that only we can make, for the link in a mail. It shows nothing of whom it speaks for, does not expire, and is
 * the same for the same target, so that a mail that is sent again has the same link.
 *
 * Deterministic authenticated encryption in the form of RFC 5297 (SIV): a MAC over the plaintext is both the tag and the
 * initial counter of the encryption. Equal tokens therefore tell that their targets are equal, and nothing else. What
 * that RFC makes of CMAC is made here of HMAC-SHA-256, which `node:crypto` has.
 */
export function signUnsubscribeToken(target: UnsubscribeTarget, secret: string): string {
  const { macKey, cipherKey } = keysOf(secret)
  const plaintext = packTarget(target)
  const iv = tagOf(plaintext, macKey)
  const cipher = createCipheriv(CIPHER, cipherKey, iv)
  return VERSION + Buffer.concat([iv, cipher.update(plaintext), cipher.final()]).toString('base64url') + END
}

/**
 * Whom a token speaks for; null where we did not make it. The first secret is that of today, the others are earlier ones,
 * whose tokens are in people's mailboxes. Those of the first version are read as well.
 */
export function readUnsubscribeToken(token: string, secrets: readonly string[]): UnsubscribeTarget | null {
  for (const secret of secrets) {
    const target = token.startsWith(VERSION) ? open(token, secret) : readFirstToken(token, secret)
    if (target !== null) return target
  }
  return null
}

function open(token: string, secret: string): UnsubscribeTarget | null {
  const bytes = Buffer.from(token.slice(VERSION.length, -END.length), 'base64url')
  // Base64 has several spellings of the same bytes (RFC 4648, 3.5); a token has one.
  if (bytes.length <= IV_BYTES || VERSION + bytes.toString('base64url') + END !== token) return null
  const { macKey, cipherKey } = keysOf(secret)
  const iv = bytes.subarray(0, IV_BYTES)
  const decipher = createDecipheriv(CIPHER, cipherKey, iv)
  const plaintext = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES)), decipher.final()])
  // Nothing is done with what was deciphered before it is known to be ours.
  return timingSafeEqual(iv, tagOf(plaintext, macKey)) ? unpackTarget(plaintext) : null
}

function tagOf(plaintext: Uint8Array, macKey: KeyObject): Buffer {
  return createHmac('sha256', macKey).update(plaintext).digest().subarray(0, IV_BYTES)
}

const MAX_SECRETS = 100

/** The keys that a secret stands for (RFC 5869). The purpose is in them: what is made for anything else is nothing here. */
const keysOf = remembering(
  MAX_SECRETS,
  (secret: string) => secret,
  (secret) => ({ macKey: keyFor('mac', secret), cipherKey: keyFor('encryption', secret) }),
)

function keyFor(use: string, secret: string): KeyObject {
  const key = hkdfSync('sha256', secret, '', `credit-reminders unsubscribe ${VERSION} ${use}`, KEY_BYTES)
  // As an object, it is made ready once and not for each mail.
  return createSecretKey(new Uint8Array(key))
}
