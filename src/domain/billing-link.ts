/** What may stand in `billingUrl`, in braces. */
export const BILLING_PLACEHOLDERS = ['account', 'contact', 'grant', 'category'] as const

/** Who opens the billing page, and about what. */
export type BillingFacts = Readonly<Record<(typeof BILLING_PLACEHOLDERS)[number], string>>

const PLACEHOLDER = /\{([^{}]*)\}/g

/** The names in braces of an address, known or not. */
export function placeholdersOf(address: string): readonly string[] {
  return [...address.matchAll(PLACEHOLDER)].map(([, name = '']) => name)
}

/**
 * The billing page's address with its placeholders filled in: each value as one part of a path or a query, whatever it
 * is. What may be a mail address is left out: no address goes into a link, where servers and their logs would have it.
 */
export function billingLink<Address extends string | null>(address: Address, facts: BillingFacts): Address | string {
  if (address === null) return address
  return address.replace(PLACEHOLDER, (place, name: string) =>
    Object.hasOwn(facts, name) ? asPart(facts[name as keyof BillingFacts]) : place,
  )
}

/** Percent-encoded but for letters, digits, `-`, `.`, `_` and `~` (RFC 3986, 2.3), which no reader of links breaks at. */
function asPart(value: string): string {
  // Steps of a path, also where they are encoded (RFC 3986, 5.2.4).
  const isStep = value === '.' || value === '..'
  if (isStep || value.includes('@')) return ''
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
