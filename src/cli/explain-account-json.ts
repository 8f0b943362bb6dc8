import type { AccountExplanation, GrantBrief } from '../jobs/explain/account.ts'
import { maskAddress } from '../mask.ts'
import { addressOf, keptJson, mailJson, nextJson, notedJson, noticeJson, rulesJson } from './explain-json.ts'

/** An account's grants in short for machines, and what touches them all. */
export function accountJson(explanation: AccountExplanation) {
  const { asOf, file, addressees, kept, grants } = explanation
  return {
    asOf: asOf.toISOString(),
    isPast: explanation.isPast,
    rules: rulesJson(explanation.rules),
    account: file.accountId,
    name: file.account?.name ?? null,
    closedAt: file.account?.closedAt?.toISOString() ?? null,
    contacts: addressees.map(({ contact, objections }) => ({
      contact: contact.id,
      to: maskAddress(contact.email),
      receives: { warning: objections.warning === null, expired: objections.expired === null },
      reasons: { warning: objections.warning, expired: objections.expired },
    })),
    ...keptJson(kept),
    grants: grants.map((grant) => briefJson(grant, addressOf(file.contacts))),
  }
}

function briefJson({ id, grant, story, noted, notices, lastDecision, next }: GrantBrief, who: (id: string) => string) {
  return {
    grant: id,
    fault: 'fault' in grant ? grant.fault : null,
    name: story?.grant.name ?? null,
    kind: story?.grant.kind ?? null,
    unit: story?.grant.unit ?? null,
    amount: story?.grant.amount ?? null,
    remaining: story?.grant.remaining ?? null,
    expiresAt: story?.expiresAt?.toISOString() ?? null,
    noted: notedJson(noted),
    reason: story?.reason ?? null,
    notices: notices.map((notice) => {
      const { id: mail, to, sentAt, messageId } = mailJson(notice.mail)
      return { ...noticeJson(notice), mail, to, sentAt, messageId }
    }),
    lastDecision: lastDecision && { at: lastDecision.asOf.toISOString(), reason: lastDecision.reason },
    next: next.map((step) => ({ contact: step.contactId, to: who(step.contactId), ...nextJson(step) })),
  }
}
