import { decodeWords } from 'postal-mime'
import { type Fields, fieldOf, readHeaderFields } from './report-fields.ts'
import { DELIVERED_TO, mailOfUnsubscribeAddress, mayHoldUnsubscribeAddress, type ReturnPath } from './return-path.ts'
import { tokenOfSubject } from './unsubscribe-links.ts'
import type { UnsubscribeTarget } from './unsubscribe-target.ts'
import { readUnsubscribeToken } from './unsubscribe-token.ts'

/** The fields that a wish to get no more is known by. */
export const REQUEST_HEADERS = ['subject', 'auto-submitted', 'return-path', ...DELIVERED_TO]

/** Whose wish a mail is: by the token of its subject; or by the id of our mail, whose address for that it came to. */
export type UnsubscribeRequest = Readonly<{ target: UnsubscribeTarget } | { mailId: string }>

/** True for a mail that may be such a wish, whoever made its token. */
export function hasFormOfRequest(fields: Fields): boolean {
  return mayHoldUnsubscribeAddress(recipientsOf(fields)) || tokenOf(fields) !== null
}

/**
 * Reads a mail that asks for no more; null where it asks for nothing, or by a token that is not ours. Who sent it does
 * not matter: the token is what counts, as it is behind the link.
 *
 * What comes from nobody, as bounces do (RFC 5321, 4.5.5), asks for nothing, and neither does an answer by a program (RFC
 * 3834, 5). The subject counts only in a mail that no program sent by itself, because programs quote subjects; the
 * address stands in one header of one mail, and whatever is sent there of its own accord is meant.
 */
export function readUnsubscribeMail(
  raw: Buffer,
  { linkSecrets, returnPath }: Readonly<{ linkSecrets: readonly string[]; returnPath: ReturnPath | null }>,
): UnsubscribeRequest | null {
  const fields = readHeaderFields(raw.toString())
  const sentBy = fieldOf(fields, 'auto-submitted').toLowerCase()
  const isReport = /^multipart\/report\b/i.test(fieldOf(fields, 'content-type'))
  if (isReport || sentBy.startsWith('auto-replied') || fieldOf(fields, 'return-path') === '<>') return null
  const mailId = returnPath === null ? null : mailOfUnsubscribeAddress(recipientsOf(fields), returnPath)
  if (mailId !== null) return { mailId }
  const isByItself = sentBy !== '' && !/^no\b/.test(sentBy)
  const target = isByItself ? null : readUnsubscribeToken(tokenOf(fields) ?? '', linkSecrets)
  return target === null ? null : { target }
}

function recipientsOf(fields: Fields): string {
  return DELIVERED_TO.flatMap((name) => fields.get(name) ?? []).join('\n')
}

/** A client may have encoded the subject (RFC 2047). */
function tokenOf(fields: Fields): string | null {
  return tokenOfSubject(decodeWords(fieldOf(fields, 'subject')))
}
