/** One thing that is wrong in the ledger, and where: what a check found, before it is put in words. */
export type Discrepancy = Readonly<{
  sweep: string | null
  mail: string | null
  grant: string | null
  stage: string | null
  /** What it should agree with and does not: another mail, a count, a state, an instant. */
  other: string | null
}>

/**
 * What the audit looks for, each with the words that tell a person what is wrong: the closed list of
 * `findings[].check`. Each rests on a promise of the program, and no right course of things breaks it.
 */
export const AUDIT_CHECKS = {
  'told-twice': ({ grant, stage, mail, other }) =>
    `grant ${grant}: ${stage} was told twice, by mails ${other} and ${mail}`,
  'warned-too-late': ({ mail, grant, other }) =>
    `mail ${mail} spoke of grant ${grant} as usable at ${other}, when it had expired`,
  'corrected-nothing': ({ mail, grant }) =>
    `mail ${mail} corrected what was told of grant ${grant}, of which no earlier expiry was told`,
  'told-of-nothing': ({ mail, grant }) => `mail ${mail} told of nothing left of grant ${grant}`,
  'sent-without-notice': ({ mail }) => `mail ${mail} is sent, and no notice of it is`,
  'sent-without-attempt': ({ mail }) => `mail ${mail} is sent, and no attempt at it says that the server took it`,
  'sent-without-copy': ({ mail }) => `mail ${mail} is sent, and there is neither a copy of it nor its hash`,
  'notice-without-mail': ({ mail, grant, stage, other }) =>
    `grant ${grant}: ${stage} counts as told, and its mail ${mail} is ${other}`,
  'notice-left-open': ({ mail, grant, stage, other }) =>
    `grant ${grant}: ${stage} waits for mail ${mail}, which is over (${other})`,
  'in-no-hands': ({ mail, other }) =>
    `mail ${mail} has been with a worker that is gone since ${other}; the next sweep takes it back`,
  overdue: ({ mail, other }) => `mail ${mail} has been due since ${other}, sweeps have gone by, and no batch has it`,
  'attempts-with-a-gap': ({ mail, other }) => `the attempts at mail ${mail} are not numbered one by one: ${other}`,
  'message-id-twice': ({ mail, other }) => `mails ${other} and ${mail} have one Message-ID`,
  'sweep-miscounted': ({ sweep, other }) => `sweep ${sweep} counts other mails than it has: ${other}`,
  'held-sweep-leaks': ({ sweep, mail, other }) =>
    `mail ${mail} of sweep ${sweep} does not stand as its sweep does: ${other}`,
  'told-though-suppressed': ({ mail, other }) =>
    `mail ${mail} went out at ${other} to an address that was suppressed before`,
  'told-though-unsubscribed': ({ mail, other }) =>
    `mail ${mail} went out at ${other} to a contact that had opted out before`,
} as const satisfies Record<string, (found: Discrepancy) => string>

export type AuditCheck = keyof typeof AUDIT_CHECKS

/** What is wrong, in a line. */
export function wordsOfDiscrepancy(check: AuditCheck, found: Discrepancy): string {
  return AUDIT_CHECKS[check](found)
}
