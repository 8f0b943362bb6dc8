import type { AccountFile, Candidate, PlanContext } from './account-file.ts'
import { correctionDue, type FormerlyTold, formerlyTold } from './correction.ts'
import { deadlineOf } from './deadline.ts'
import { noticeDue } from './due.ts'
import { CATEGORIES, type Category, type Contact, type Decimal, type Stage } from './model.ts'
import { mostUrgentFirst } from './order.ts'
import { type Addressee, addresseesOf, readerLocale, readerZone } from './reader.ts'
import type { SkipReason } from './reasons.ts'
import { sparedGrants } from './spared.ts'

export type PlannedNotice = Readonly<{
  grantId: string
  kind: string
  name: string | null
  stage: Stage
  expiresAt: Date
  dueAt: Date
  unit: string
  amount: Decimal
  /** Of a correction, what was told before. */
  told?: FormerlyTold
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
  if (file.contacts.length === 0) {
    // Nobody is left who was told otherwise.
    const untold = candidates.filter(({ stake }) => stake.category !== 'correction')
    refuse(untold.map(idOf), 'no-contact')
  }

  const spared = sparedGrants(file, context.moment)
  for (const addressee of addresseesOf(file.contacts, context.moment.rules)) {
    const { contact, address, objections } = addressee
    let planned = 0
    for (const category of CATEGORIES) {
      const objection = objections[category]
      if (objection !== null) {
        const concerned = candidates.filter((candidate) => concerns({ candidate, category, addressee, file, context }))
        refuse(concerned.map(idOf), objection)
        continue
      }
      const due = noticesFor({ addressee, category, file, candidates, spared, context, refuse })
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

const idOf = ({ grant }: Candidate) => grant.id

/** Whether a category of mail would speak of a grant to a contact; a correction only where the contact was told otherwise. */
function concerns(input: {
  candidate: Candidate
  category: Category
  addressee: Addressee
  file: AccountFile
  context: PlanContext
}): boolean {
  const { grant, stake } = input.candidate
  if (stake.category !== input.category) return false
  const about = { person: input.addressee, grantId: grant.id, expiresAt: stake.expiresAt }
  return stake.category !== 'correction' || formerlyTold(input.file.told, about, input.context.moment) !== null
}

function noticesFor(input: {
  addressee: Addressee
  category: Category
  file: AccountFile
  candidates: readonly Candidate[]
  spared: ReadonlySet<string>
  context: PlanContext
  refuse: (grantIds: readonly string[], reason: SkipReason) => void
}): readonly PlannedNotice[] {
  const { addressee, category, file, context } = input
  const timeZone = readerZone(addressee.contact, file.account, context.moment.rules)
  const notices: PlannedNotice[] = []
  for (const { grant, stake } of input.candidates) {
    if (stake.category !== category) continue
    const dueOf = category === 'correction' ? correctionDue : noticeDue
    const answer = dueOf(
      { grant, stake, person: addressee, timeZone, isSpared: input.spared.has(grant.id) },
      file.told,
      context.moment,
    )
    if (answer === null) continue
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
