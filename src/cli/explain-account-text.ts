import type { NotedGrant } from '../domain/as-noted.ts'
import { expiryOfInstant } from '../domain/never.ts'
import type { Addressee } from '../domain/reader.ts'
import { DROP_REASONS } from '../domain/reasons.ts'
import type { AccountExplanation, GrantBrief } from '../jobs/explain/account.ts'
import { waitingMail } from '../jobs/explain/dossier.ts'
import { maskAddress } from '../mask.ts'
import { faultText, keptLines, section, titleOf } from './explain-text.ts'
import { nextText, reasonText, rulesLines, stamp, whoOf } from './explain-words.ts'
import { printable, style } from './output.ts'

/** So many grants are told; of more, how many there are. */
const MAX_GRANTS = 25
const MAX_CONTACTS = 25

/** An account's grants in short, and what touches them all, for people. Addresses are masked. */
export function accountText(explanation: AccountExplanation): string {
  const { asOf, file, addressees, grants } = explanation
  const id = printable(file.accountId)
  const name = printable(file.account?.name ?? 'billing has no such account')
  return [
    `${style('bold', `Account ${id}`)}: ${name}${closedText(explanation)}`,
    `As of ${asOf.toISOString()}: ${count(grants.length, 'grant')}, ${count(addressees.length, 'contact')}.`,
    ...section(['Who receives:', ...capped(addressees, MAX_CONTACTS, 'contact', contactLine)]),
    ...section(keptLines(explanation.kept)),
    ...section(grants.length === 0 ? ['It has no grants.'] : grantLines(explanation)),
    ...section(rulesLines(explanation.rules, explanation.isPast)),
    ...(explanation.isPast ? ['Contacts are those of now, because billing keeps no history.'] : []),
  ].join('\n')
}

function closedText({ file: { account }, asOf }: AccountExplanation): string {
  if (account?.closedAt == null) return ''
  const at = stamp(account.closedAt)
  return account.closedAt <= asOf
    ? `, ${style('yellow', `closed at ${at}: nobody is told any more`)}`
    : `, to be closed at ${at}`
}

function contactLine({ contact, objections }: Addressee): string {
  const who = `  ${printable(maskAddress(contact.email))} (${printable(contact.id)})`
  const { warning, expired } = objections
  if (warning === null && expired === null) return `${who}: warnings and the final notice`
  if (warning === null) return `${who}: warnings, and no final notice: ${reasonText(expired ?? '')}`
  return expired === null
    ? `${who}: the final notice, and no warnings: ${reasonText(warning)}`
    : `${who}: nothing: ${reasonText(warning)}`
}

function grantLines(explanation: AccountExplanation): readonly string[] {
  return [
    ...capped(explanation.grants, MAX_GRANTS, 'grant', (brief) => briefText(brief, explanation)),
    '',
    'The whole story of one: explain GRANT.',
  ]
}

function briefText(brief: GrantBrief, { file, asOf }: AccountExplanation): string {
  const { id, grant, story } = brief
  const title = style('bold', printable(id))
  const told = toldText(brief)
  if (story === null) {
    const fault = 'fault' in grant ? grant.fault : ''
    return [`${title}: ${faultText(fault)}`, ...told].join('\n')
  }
  const { expiresAt, grant: then } = story
  const expires =
    expiresAt === null ? 'never expires' : `${expiresAt <= asOf ? 'expired' : 'expires'} ${stamp(expiresAt)}`
  return [
    `${title}: ${printable(titleOf(then))}, ${expires}${notedText(brief.noted)}`,
    ...told,
    ...nextOf(brief, file),
  ].join('\n')
}

function notedText(noted: NotedGrant | null): string {
  return noted?.amount == null ? '' : `, as the ledger noted at ${stamp(noted.amount.at)}`
}

/** The last stage that was told, to whom, and what came of it. */
function toldText({ notices, lastDecision }: GrantBrief): readonly string[] {
  const last = notices.at(-1)
  if (last === undefined) {
    return lastDecision === null || lastDecision.reason === 'already-told'
      ? ['  told: nobody']
      : [`  told: nobody; ${reasonText(lastDecision.reason)}, by the sweep of ${stamp(lastDecision.asOf)}`]
  }
  const sameStage = notices.filter(
    ({ stage, expiresAt }) => stage === last.stage && expiresAt.getTime() === last.expiresAt.getTime(),
  )
  return sameStage.map(({ stage, state, settledAt, reason, expiresAt, mail }) => {
    const when = settledAt === null ? '' : ` ${stamp(settledAt)}`
    const bounced = mail.reports.some(({ kind }) => kind === 'failed') ? ', and a bounce came back' : ''
    const expiry = expiryOfInstant(expiresAt)
    const about = expiry === null ? 'no expiry' : `the expiry at ${stamp(expiry)}`
    const why = reason === null ? '' : `, ${reasonText(reason)}`
    return `  told: ${stage} of ${about} to ${printable(maskAddress(mail.to))}: ${state}${when}${why}${bounced}`
  })
}

function nextOf({ story, next, notices }: GrantBrief, file: AccountExplanation['file']): readonly string[] {
  const coming = next.filter(({ kind }) => kind !== 'nothing')
  if (coming.length > 0) {
    return coming.map(
      (step) => `  next: to ${whoOf(step.contactId, file)}: ${nextText(step, waitingMail(step, notices))}`,
    )
  }
  const reason = story?.reason ?? null
  return [`  next: nothing${reason === null ? ' more' : `: ${DROP_REASONS[reason]} (${reason})`}`]
}

/** A line for each, up to a limit, and how many more there are. */
export function capped<T>(
  all: readonly T[],
  limit: number,
  what: string,
  line: (each: T) => string,
): readonly string[] {
  const rest = all.length - limit
  const lines = all.slice(0, limit).map(line)
  return rest > 0 ? [...lines, `  and ${count(rest, `more ${what}`)}: --format json has all`] : lines
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
