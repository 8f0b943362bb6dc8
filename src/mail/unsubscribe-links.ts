import { withAsciiDomain } from '../domain/address.ts'

/** The page behind the link, which also takes a mail client's one click (RFC 8058). */
export function unsubscribeUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/unsubscribe/${token}`
}

/** The same request as a mail to a mailbox that is read (RFC 6068), for clients that do not follow links (RFC 2369, 3.2). */
export function unsubscribeMailto(mailbox: string, url: string): string {
  const address = withAsciiDomain(mailbox)
  const at = address.lastIndexOf('@')
  // A plus sign is none of a query's here, and may stand (RFC 6068, 2).
  const localPart = encodeURIComponent(address.slice(0, at)).replaceAll('%2B', '+')
  return `mailto:${localPart}${address.slice(at)}?subject=unsubscribe%20${url.slice(url.lastIndexOf('/') + 1)}`
}

/** Nothing before it and nothing behind it: what quotes such a subject (`Re:`, `Undeliverable:`) asks for nothing. */
const SUBJECT = /^\s*unsubscribe\s+([\w.-]+)\s*$/i

/** The token of a mail that asks for it by its subject; null where it asks for nothing. */
export function tokenOfSubject(subject: string): string | null {
  return SUBJECT.exec(subject)?.[1] ?? null
}
