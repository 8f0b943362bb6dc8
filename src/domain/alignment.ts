/**
 * Whether a domain speaks for the one that readers see in From, as DMARC's relaxed mode has it (RFC 7489, 3.1): the same,
 * or one below the other. Both in lower case and ASCII.
 *
 * - `mail.example.com` and `example.com` are aligned, either way round.
 * - `news.example.com` and `mail.example.com` may be: only the list of public suffixes can tell whether `example.com` is
 *   somebody's own. Here they are not, unless `organisation` says whose they both are: the domain at which the DMARC
 *   record was found.
 */
export function isAligned(domain: string, fromDomain: string, organisation: string = fromDomain): boolean {
  if (isWithin(domain, fromDomain) || isWithin(fromDomain, domain)) return true
  return isWithin(domain, organisation) && isWithin(fromDomain, organisation)
}

/** Whether it is the other domain, or one below it. */
function isWithin(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`)
}
