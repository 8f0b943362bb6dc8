import { BILLING_PLACEHOLDERS, billingLink, placeholdersOf } from '../domain/billing-link.ts'
import { isSecureAddress } from './secure-address.ts'
import { didYouMean } from './suggest.ts'

const NAMES: readonly string[] = BILLING_PLACEHOLDERS

/**
 * The billing page's address as mails fill it in.
 *
 * @throws RangeError with what is wrong with it
 */
export function parseBillingUrl(text: string): string {
  const unknown = placeholdersOf(text).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) {
    const help = didYouMean(unknown, NAMES) || `; there are ${NAMES.map((name) => `{${name}}`).join(', ')}`
    throw new RangeError(`"{${unknown}}" stands for nothing${help}`)
  }
  if (/[\s\p{C}]/u.test(text))
    throw new RangeError('has a space, or a character that cannot be seen; percent-encode it')
  const [one, other] = [filledWith(text, 'a'), filledWith(text, 'b')]
  if (/[{}]/.test(one)) throw new RangeError(`"${text}" has a brace that stands alone; write it as %7B or %7D`)
  if (!isSecureAddress(one)) {
    throw new RangeError(`"${text}" is no https:// address without user and password (http:// is for loopback only)`)
  }
  // Else whoever names an account would say where the link leads.
  if (originOf(one) !== originOf(other)) throw new RangeError(`"${text}" has a placeholder in its host`)
  return text
}

function filledWith(text: string, value: string): string {
  return billingLink(text, { account: value, contact: value, grant: value, category: value })
}

function originOf(address: string): string | undefined {
  return URL.parse(address)?.origin
}
