import { type MailContent, mailKindOf } from './content.ts'
import type { Messages } from './messages.ts'
import { plainText } from './plain-text.ts'
import { plainWherePossible } from './typography.ts'

/** What mailboxes show of a subject on a small screen. */
export const MAX_SUBJECT_CHARACTERS = 60
/** What mailboxes show of a preheader. */
export const MAX_PREHEADER_CHARACTERS = 100
/** Below, mailboxes fill up with what comes next in the mail. */
export const MIN_PREHEADER_CHARACTERS = 40
/** Leaves the preheader within them in most languages. */
const MAX_PREHEADER_NAME_CHARACTERS = 34
const MIN_PREHEADER_NAME_CHARACTERS = 6

type SubjectFacts = Readonly<Record<'units' | 'dates' | 'amount' | 'date' | 'expiry' | 'said', string>>

/** The subject: with the amount where it fits; cut only where a language is too wordy even without. */
export function subjectOf(content: MailContent, facts: SubjectFacts, say: Messages): string {
  const kind = mailKindOf(content)
  const mark = content.isTest === true ? `${say('testMark', {})} ` : ''
  const whole = plainWherePossible(mark + say(`${kind}.subject`, facts))
  if (whole.length <= MAX_SUBJECT_CHARACTERS) return whole
  const short = plainWherePossible(mark + say(`${kind}.shortSubject`, facts))
  return short.length <= MAX_SUBJECT_CHARACTERS ? short : plainText(short, MAX_SUBJECT_CHARACTERS)
}

/** What mailboxes show beside the subject: with as much of the account's name as there is room for. */
export function preheaderOf(account: string, sayWith: (name: string) => string): string {
  const whole = sayWith(plainText(account, MAX_PREHEADER_NAME_CHARACTERS))
  const excess = whole.length - MAX_PREHEADER_CHARACTERS
  if (excess <= 0) return whole
  const room = Math.min(account.length, MAX_PREHEADER_NAME_CHARACTERS) - excess
  const shorter = sayWith(plainText(account, Math.max(room, MIN_PREHEADER_NAME_CHARACTERS)))
  return shorter.length <= MAX_PREHEADER_CHARACTERS ? shorter : plainText(shorter, MAX_PREHEADER_CHARACTERS)
}
