import type { AccountFile, Candidate, PlanContext } from './account-file.ts'
import { deadlineOf } from './deadline.ts'
import { noticeDue } from './due.ts'
import { CATEGORIES, type Category, type Contact, type Decimal, type Stage } from './model.ts'
import { mostUrgentFirst } from './order.ts'
import { type Addressee, addresseesOf, readerLocale, readerZone } from './reader.ts'
import type { SkipReason } from './reasons.ts'

export type PlannedNotice = Readonly<{
  grantId: string
  kind: string
  name: string | null
  stage: Stage
  expiresAt: Date
  dueAt: Date
  unit: string
  amount: Decimal
}>

/** One mail to one contact, its notices most urgent first (rule R7). */
export type PlannedMail = Readonly<{
  accountId: string
  contactId: string
  to: string
  category: Category
  locale: string
  timeZone: string
  notices: readonly PlannedNotice[]
  deadline: Date
}>

/** Why a grant is in no mail to some contact, by grant. */
type Refusals = Map<string, SkipReason[]>

/** One mail a contact and category, of all that is due to that contact; and for the rest, each contact's reason. */
export function planMails(
  file: AccountFile,
  candidates: readonly Candidate[],
  context: PlanContext,
): Readonly<{ mails: readonly PlannedMail[]; refusals: Refusals }> {
  const mails: PlannedMail[] = []
  const refusals: Refusals = new Map()
  const refuse = (grantIds: Iterable<string>, reason: SkipReason) => {
    for (const id of grantIds) refusals.set(id, [...(refusals.get(id) ?? []), reason])
  }
  const grantsOf = (category: Category) =>
    candidates.filter(({ stake }) => stake.category === category).map(({ grant }) => grant.id)
  if (file.contacts.length === 0) for (const category of CATEGORIES) refuse(grantsOf(category), 'no-contact')

  for (const addressee of addresseesOf(file.contacts, context.moment.rules)) {
    const { contact, address, objections } = addressee
    let planned = 0
    for (const category of CATEGORIES) {
      const objection = objections[category]
      if (objection !== null) {
        refuse(grantsOf(category), objection)
        continue
      }
      const due = noticesFor({ addressee, category, file, candidates, context, refuse })
      if (due.length === 0) continue
      if (context.mailsToday(address) + planned >= context.moment.rules.maxEmailsPerAddressPerDay) {
        const grantIds = due.map(({ grantId }) => grantId)
        refuse(grantIds, 'address-limit')
        continue
      }
      planned += 1
      mails.push(mailOf({ contact, category, file, context, notices: due.toSorted(mostUrgentFirst) }))
    }
  }
  return { mails, refusals }
}

function noticesFor(input: {
  addressee: Addressee
  category: Category
  file: AccountFile
  candidates: readonly Candidate[]
  context: PlanContext
  refuse: (grantIds: readonly string[], reason: SkipReason) => void
}): readonly PlannedNotice[] {
  const { addressee, category, file, context } = input
  const timeZone = readerZone(addressee.contact, file.account, context.moment.rules)
  const notices: PlannedNotice[] = []
  for (const { grant, stake } of input.candidates) {
    if (stake.category !== category) continue
    const answer = noticeDue({ grant, stake, person: addressee, timeZone }, file.told, context.moment)
    const { id: grantId, kind, name, unit } = grant
    if ('reason' in answer) input.refuse([grantId], answer.reason)
    else notices.push({ grantId, kind, name, unit, ...answer, expiresAt: stake.expiresAt, amount: stake.atStake })
  }
  return notices
}

function mailOf(input: {
  contact: Contact
  category: Category
  file: AccountFile
  context: PlanContext
  notices: readonly PlannedNotice[]
}): PlannedMail {
  const { contact, category, file, notices } = input
  const { moment, locales } = input.context
  return {
    accountId: file.accountId,
    contactId: contact.id,
    to: contact.email,
    category,
    locale: readerLocale(contact, file.account, { rules: moment.rules, locales }),
    timeZone: readerZone(contact, file.account, moment.rules),
    notices,
    deadline: deadlineOf(category, notices, moment),
  }
}
