import { expiryOfInstant } from '../domain/never.ts'
import { formatAmount } from '../domain/wording.ts'
import type { AddressExplanation, ContactOfAddress, MailOfAddress } from '../jobs/explain/address.ts'
import { maskAddress } from '../mask.ts'
import { capped, count } from './explain-account-text.ts'
import { section } from './explain-text.ts'
import {
  attemptText,
  LOCALE,
  nextText,
  optOutText,
  reasonText,
  reportText,
  rulesLines,
  stamp,
  suppressionText,
  whyOf,
} from './explain-words.ts'
import { printable, style } from './output.ts'

/** So many of each are told; of more, how many there are. */
const MAX_CONTACTS = 20
const MAX_MAILS = 20
const MAX_STEPS = 5

/** What is known of a mail address, for people. The address itself is masked. */
export function addressText(explanation: AddressExplanation): string {
  const { asOf, address, contacts, mails, isDeliverable, isPast } = explanation
  const shown = printable(maskAddress(address.trim()))
  const isKnown = contacts.length > 0 || mails.length > 0
  return [
    `${style('bold', `Address ${shown}`)}, as of ${asOf.toISOString()}`,
    ...(isDeliverable ? [] : ['No mail can be sent to it as it is written (invalid-address).']),
    ...section(isKnown ? [] : ['Nobody here has this address: no contact has it, and no mail was ever sent to it.']),
    ...section(keptAwayLines(explanation, shown)),
    ...section(contactLines(explanation)),
    ...section(mailLines(mails, isKnown)),
    ...section(isKnown ? rulesLines(explanation.rules, isPast) : []),
    ...(isPast && isKnown ? ['Who has the address is of now, because billing keeps no history.'] : []),
  ].join('\n')
}

function keptAwayLines({ suppressions, optOuts, isPast }: AddressExplanation, shown: string): readonly string[] {
  const lines = [
    ...suppressions.map((each) => suppressionText(shown, each)),
    ...optOuts.map((each) => optOutText(shown, `account ${printable(each.accountId)}`, each)),
  ]
  const holds = [...suppressions, ...optOuts].some(({ liftedAt }) => liftedAt === null)
  if (holds) return lines
  return [
    ...lines,
    isPast
      ? 'Then, it was not on the suppression list, and nobody had asked for no mail to it.'
      : 'It is not on the suppression list, and nobody asked for no mail to it.',
  ]
}

function contactLines({ contacts, accountsLeftOut, isPast }: AddressExplanation): readonly string[] {
  if (contacts.length === 0) return []
  const inOrder = contacts.toSorted((a, b) => Number(b.hasItNow) - Number(a.hasItNow))
  return [
    isPast ? 'Whose it is, and what would have come next, had nothing changed:' : 'Whose it is, and what comes next:',
    ...capped(inOrder, MAX_CONTACTS, 'contact', contactText),
    ...(accountsLeftOut === 0
      ? []
      : [`  Of ${accountsLeftOut} more accounts it was not worked out: explain --account ID.`]),
  ]
}

function contactText({ accountId, contactId, account, hasItNow, objections, next, nothing }: ContactOfAddress): string {
  const name = account === null ? 'an account that billing does not have' : printable(account.name)
  const who = `  contact ${printable(contactId)} of ${name} (${printable(accountId)})`
  if (!hasItNow) return `${who}: had it when a mail was sent, and does not have it now`
  const steps = next.map(({ grantId, step, mail }) => `    ${printable(grantId)}: ${nextText(step, mail)}`)
  const { warning = null, expired = null } = objections ?? {}
  const against = warning ?? expired
  const more = steps.length - MAX_STEPS
  return [
    `${who}${against === null ? '' : `: ${warning === null ? 'no final notice' : expired === null ? 'no warnings' : 'gets nothing'}, ${reasonText(against)}`}`,
    ...(steps.length === 0 && objections !== null ? [nothingText(nothing)] : steps.slice(0, MAX_STEPS)),
    ...(more > 0 ? [`    and ${more} more of this account: explain --account ${printable(accountId)}`] : []),
  ].join('\n')
}

/** Why nothing comes next: of each reason, for how many grants. */
function nothingText(nothing: ContactOfAddress['nothing']): string {
  if (nothing.length === 0) return '    nothing comes next: the account has no grants'
  const why = nothing.map(({ reason, grants }) => `${reason ?? 'told to the end'} (${count(grants, 'grant')})`)
  return `    nothing comes next: ${why.join(', ')}`
}

function mailLines(mails: readonly MailOfAddress[], isKnown: boolean): readonly string[] {
  if (mails.length === 0) return isKnown ? ['No mail to it is in the ledger.'] : []
  return ['Mails to it, newest first:', ...capped(mails, MAX_MAILS, 'mail', mailText)]
}

function mailText(mail: MailOfAddress): string {
  const at = stamp(mail.sentAt ?? mail.plannedAt)
  return [
    `  ${at}  ${mail.category} about account ${printable(mail.accountId)}: ${mail.state}, Message-ID ${printable(mail.messageId)}`,
    ...mail.notices.map(({ grantId, stage, expiresAt, unit, amount, state, reason }) => {
      const what = printable(formatAmount(amount, unit, LOCALE))
      const isWhole = state === mail.state || (state === 'planned' && mail.state === 'queued')
      const expiry = expiryOfInstant(expiresAt)
      const about = expiry === null ? 'no expiry at all' : `expiry ${stamp(expiry)}`
      return `    ${stage} of ${printable(grantId)}: ${what}, ${about}${isWhole ? '' : `, ${state}`}${whyOf(reason)}`
    }),
    ...mail.attempts.map((attempt) => `    ${stamp(attempt.at)}  ${attemptText(attempt)}`),
    ...mail.reports.map((report) => `    ${stamp(report.at)}  ${reportText(report)}`),
  ].join('\n')
}
