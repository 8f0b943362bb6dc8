import type { AccountFile } from './account-file.ts'
import { isDeliverableAddress, normaliseAddress } from './address.ts'
import { keepsAway, widest } from './kept-away.ts'
import { languageFor, readLocale } from './locale.ts'
import { type Account, CATEGORIES, type Category, type Contact } from './model.ts'
import { byCodeUnit } from './order.ts'
import type { SkipReason } from './reasons.ts'
import { isAllowed } from './recipients.ts'
import type { Rules } from './rules.ts'
import type { Person } from './told.ts'
import { isTimeZone } from './zone.ts'

type WhoMayBeWrittenTo = Pick<Rules, 'allowedRecipients'>

/** Why a contact gets no mail of a category whatever the grant; null where nothing stands against it. */
function objectionTo(contact: Contact, category: Category, rules: WhoMayBeWrittenTo): SkipReason | null {
  if (!contact.receivesBillingEmail) return 'no-billing-contact'
  if (!isDeliverableAddress(contact.email)) return 'invalid-address'
  if (keepsAway(contact.optedOut, category)) return 'unsubscribed'
  if (keepsAway(contact.suppressed, category)) return 'suppressed'
  // The last of all: who is withheld would be written to, were it not for the list.
  return isAllowed(contact.email, rules.allowedRecipients) ? null : 'withheld'
}

/** Why a contact gets no mail whatever the grant, by category; null where nothing stands against it. */
export type Objections = Readonly<Record<Category, SkipReason | null>>

/** A contact in the order of planning, and what stands against writing to it. */
export type Addressee = Person & Readonly<{ contact: Contact; objections: Objections }>

/**
 * An account's contacts, each address once (rule R7): of two contacts with one address, the first is written to; and
 * what one of them asked not to be sent, neither is.
 */
export function addresseesOf(contacts: readonly Contact[], rules: WhoMayBeWrittenTo): readonly Addressee[] {
  const addressed = contacts.map((contact) => ({ contact, address: normaliseAddress(contact.email) }))
  const taken: Record<Category, Set<string>> = { warning: new Set(), expired: new Set(), correction: new Set() }
  return addressed
    .toSorted((a, b) => byCodeUnit(a.contact.id, b.contact.id))
    .map(({ contact, address }) => {
      const objections: Record<Category, SkipReason | null> = { warning: null, expired: null, correction: null }
      const sameAddress = addressed.filter((each) => each.address === address)
      const refused = widest(sameAddress.map((each) => each.contact.optedOut))
      for (const category of CATEGORIES) {
        const isTaken = taken[category].has(address)
        const isRefused = keepsAway(refused, category)
        const shared = isRefused ? 'unsubscribed' : isTaken ? 'duplicate-address' : null
        objections[category] = objectionTo(contact, category, rules) ?? shared
        if (objections[category] === null) taken[category].add(address)
      }
      return { contact, address, contactIds: sameAddress.map((each) => each.contact.id), objections }
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
    if (tag !== null && languageFor(tag, settings.locales) !== null) return tag
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
