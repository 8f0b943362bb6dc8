import { decodeWords } from 'postal-mime'
import { type Fields, fieldOf, readHeaderFields } from './report-fields.ts'
import { tokenOfSubject } from './unsubscribe-links.ts'
import type { UnsubscribeTarget } from './unsubscribe-target.ts'
import { readUnsubscribeToken } from './unsubscribe-token.ts'

/** The fields that a wish to get no more is known by. */
export const REQUEST_HEADERS = ['subject', 'auto-submitted', 'return-path'] as const

/**
 * True for a mail that may be such a wish: its subject is one, and a person or a person's mail client sent it. What
 * programs send by themselves (RFC 3834, 5), and what comes from nobody, as bounces do (RFC 5321, 4.5.5), is none,
 * whatever it quotes.
 */
export function hasFormOfRequest(fields: Fields): boolean {
  const sentBy = fieldOf(fields, 'auto-submitted').toLowerCase()
  const isAutomatic = sentBy !== '' && !/^no\b/.test(sentBy)
  return tokenOf(fields) !== null && !isAutomatic && fieldOf(fields, 'return-path') !== '<>'
}

/**
 * Whom a mail asks for no more in the name of; null where it asks for nothing, or by a token that is not ours. Who sent
 * it does not matter: the token is what counts, as it is behind the link.
 */
export function readUnsubscribeMail(raw: Buffer, secrets: readonly string[]): UnsubscribeTarget | null {
  const fields = readHeaderFields(raw.toString())
  const isReport = /^multipart\/report\b/i.test(fieldOf(fields, 'content-type'))
  return isReport || !hasFormOfRequest(fields) ? null : readUnsubscribeToken(tokenOf(fields) ?? '', secrets)
}

/** A client may have encoded the subject (RFC 2047). */
function tokenOf(fields: Fields): string | null {
  return tokenOfSubject(decodeWords(fieldOf(fields, 'subject')))
}
