import type { AccountFile } from './account-file.ts'
import { isDeliverableAddress, normaliseAddress } from './address.ts'
import { canonicalLocale, lookupChain } from './locale.ts'
import type { Account, Contact } from './model.ts'
import { byCodeUnit } from './order.ts'
import type { SkipReason } from './reasons.ts'
import type { Rules } from './rules.ts'
import type { Person } from './told.ts'
import { isTimeZone } from './zone.ts'

/** Why a contact gets no mail whatever the grant; null where nothing stands against it. */
function objectionTo(contact: Contact): SkipReason | null {
  if (!contact.receivesBillingEmail) return 'no-billing-contact'
  if (!isDeliverableAddress(contact.email)) return 'invalid-address'
  if (contact.unsubscribed) return 'unsubscribed'
  if (contact.suppressed) return 'suppressed'
  return null
}

/** A contact in the order of planning, and why it gets no mail whatever the grant; null where nothing stands against it. */
export type Addressee = Person & Readonly<{ contact: Contact; objection: SkipReason | null }>

/**
 * An account's contacts, each address once (rule R7): of two contacts with one address, the first is written to; and
 * where one of them asked for no more reminders, neither is.
 */
export function addresseesOf(contacts: readonly Contact[]): readonly Addressee[] {
  const addressed = contacts.map((contact) => ({ contact, address: normaliseAddress(contact.email) }))
  const refused = new Set(addressed.filter(({ contact }) => contact.unsubscribed).map(({ address }) => address))
  const taken = new Set<string>()
  return addressed
    .toSorted((a, b) => byCodeUnit(a.contact.id, b.contact.id))
    .map(({ contact, address }) => {
      const shared = refused.has(address) ? 'unsubscribed' : taken.has(address) ? 'duplicate-address' : null
      const objection = objectionTo(contact) ?? shared
      if (objection === null) taken.add(address)
      const sameAddress = addressed.filter((each) => each.address === address)
      return { contact, address, contactIds: sameAddress.map((each) => each.contact.id), objection }
    })
}

/** The reader's time zone: the first known one of contact, account and rules. */
export function readerZone(contact: Contact, account: Account | null, rules: Rules): string {
  for (const zone of [contact.timeZone, account?.timeZone]) if (zone != null && isTimeZone(zone)) return zone
  return rules.timeZone
}

/**
 * The reader's locale: the first of contact, account and rules that a mail can be written in, as BCP 47 with the
 * reader's own region (`en-GB` is written in English, with British dates). A language without templates is passed over.
 */
export function readerLocale(
  contact: Contact,
  account: Account | null,
  settings: Readonly<{ rules: Rules; locales: readonly string[] }>,
): string {
  for (const locale of [contact.locale, account?.locale]) {
    const tag = locale == null ? null : readLocale(locale)
    if (tag !== null && lookupChain(tag).some((candidate) => settings.locales.includes(candidate))) return tag
  }
  return settings.rules.locale
}

/** A value of an account or a contact that could not be used, and what was done instead: for the operator to mend. */
export type RowFault = Readonly<{ row: string; fault: string }>

/** The faults of an account's own row and of its contacts' that cost nobody a mail. */
export function rowFaultsOf({ account, contacts }: AccountFile): readonly RowFault[] {
  const rows = [
    ...(account === null ? [] : [{ row: `account ${account.id}`, ...account }]),
    ...contacts.map((contact) => ({ row: `contact ${contact.id}`, ...contact })),
  ]
  return rows.flatMap(({ row, timeZone, locale }) => [
    ...(timeZone === null || isTimeZone(timeZone) ? [] : [faultIn(row, 'time zone', timeZone)]),
    ...(locale === null || readLocale(locale) !== null ? [] : [faultIn(row, 'locale', locale)]),
  ])
}

function faultIn(row: string, what: string, value: string): RowFault {
  return { row, fault: `${what} ${JSON.stringify(value)} is unknown; not used` }
}

/** Databases often hold POSIX spellings: pt_BR. */
function readLocale(text: string): string | null {
  return canonicalLocale(text.replaceAll('_', '-'))
}
