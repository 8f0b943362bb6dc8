import { isDeliverableAddress, normaliseAddress } from './address.ts'

/** Whom a trial installation may write to: addresses (`qa@example.com`) and whole domains (`@example.org`), normalised. */
export type AllowedRecipients = ReadonlySet<string>

/** Any local part that an address may have: makes an address of a domain. */
const SOMEBODY = 'somebody'

/**
 * True where a mail may go to the address: it is listed itself, or its domain is; or there is no list.
 *
 * Compared as addresses are everywhere: `QA@BÜCHER.example` is in `@xn--bcher-kva.example`. A domain means that very
 * one: `ana@mail.example.org` is not in `@example.org`, because who reads the mail there may be somebody else.
 */
export function isAllowed(email: string, allowed: AllowedRecipients | null): boolean {
  if (allowed === null) return true
  const address = normaliseAddress(email)
  return allowed.has(address) || allowed.has(address.slice(address.lastIndexOf('@')))
}

/** The list that a text states, separated by commas; or the places of entries that are neither address nor domain, from 1. */
export function parseAllowedRecipients(
  text: string,
): AllowedRecipients | Readonly<{ faultyEntries: readonly number[] }> {
  const entries = text.split(',').map((entry) => normalisedEntry(entry.trim()))
  const faultyEntries = entries.flatMap((entry, index) => (entry === null ? [index + 1] : []))
  return faultyEntries.length > 0 ? { faultyEntries } : new Set(entries.flatMap((entry) => entry ?? []))
}

function normalisedEntry(entry: string): string | null {
  const address = entry.startsWith('@') ? `${SOMEBODY}${entry}` : entry
  // An asterisk may stand in an address (RFC 5322, 3.2.3); whoever writes one here means everybody of the domain.
  if (!isDeliverableAddress(address) || entry.includes('*')) return null
  return entry.startsWith('@') ? normaliseAddress(address).slice(SOMEBODY.length) : normaliseAddress(address)
}

/** That there is a list, for people; what stands on it is nobody's business. */
export function describeAllowed(allowed: AllowedRecipients): string {
  const domains = [...allowed].filter((entry) => entry.startsWith('@')).length
  const count = (number: number, one: string, many: string) =>
    number === 0 ? [] : [`${number} ${number === 1 ? one : many}`]
  const names = [...count(allowed.size - domains, 'address', 'addresses'), ...count(domains, 'domain', 'domains')]
  return `ALLOWED_RECIPIENTS is set: mail goes to ${names.join(' and ')} only, and is withheld from everybody else`
}
