import type { Rules } from './rules.ts'

/** Why a sweep is held for a person's decision (rule R9); null where it may go out. */
export function reasonToHold(planned: Readonly<{ emails: number }>, rules: Rules): string | null {
  if (planned.emails <= rules.maxEmailsPerSweep) return null
  return `${planned.emails} mails planned, more than maxEmailsPerSweep (${rules.maxEmailsPerSweep})`
}
