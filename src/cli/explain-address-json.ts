import type { AddressExplanation, ContactOfAddress, MailOfAddress } from '../jobs/explain/address.ts'
import { maskAddress, maskText } from '../mask.ts'
import { holding, liftedOf, mailJson, nextJson, noticeJson, rulesJson } from './explain-json.ts'

/** What is known of a mail address, for machines. The address itself is masked. */
export function addressJson(explanation: AddressExplanation) {
  const { asOf, address, contacts, mails } = explanation
  const suppressions = explanation.suppressions.map(({ reason, scope, source, createdAt, liftedAt }) => ({
    ...{ reason, scope, source: maskText(source), since: createdAt.toISOString() },
    liftedAt,
  }))
  const optOuts = explanation.optOuts.map(({ accountId, contactId, scope, source, createdAt, liftedAt }) => ({
    ...{ account: accountId, contact: contactId, scope, source, since: createdAt.toISOString() },
    liftedAt,
  }))
  return {
    asOf: asOf.toISOString(),
    isPast: explanation.isPast,
    rules: rulesJson(explanation.rules),
    to: maskAddress(address.trim()),
    isDeliverable: explanation.isDeliverable,
    isKnown: contacts.length > 0 || mails.length > 0,
    suppressions: holding(suppressions),
    optOuts: holding(optOuts),
    lifted: { suppressions: liftedOf(suppressions), optOuts: liftedOf(optOuts) },
    contacts: contacts.map(contactJson),
    accountsLeftOut: explanation.accountsLeftOut,
    mails: mails.map(addressMailJson),
  }
}

function contactJson({ accountId, contactId, account, hasItNow, objections, next, nothing }: ContactOfAddress) {
  return {
    account: accountId,
    contact: contactId,
    name: account?.name ?? null,
    hasItNow,
    reasons: objections && { warning: objections.warning, expired: objections.expired },
    next: next.map(({ grantId, step }) => ({ grant: grantId, ...nextJson(step) })),
    nothing,
  }
}

function addressMailJson(mail: MailOfAddress) {
  return {
    ...mailJson(mail),
    account: mail.accountId,
    contact: mail.contactId,
    category: mail.category,
    plannedAt: mail.plannedAt.toISOString(),
    notices: mail.notices.map((notice) => ({ grant: notice.grantId, ...noticeJson(notice) })),
  }
}
