import { expiryOfInstant } from '../domain/never.ts'
import type { DryRun } from '../jobs/dry-run.ts'

/** The stable JSON of `dry-run --format json`; see docs/json.md. Fields may be added, none is renamed or removed. */
export function dryRunJson({ asOf, heldBecause, first, emails, skipped, faults }: DryRun) {
  return {
    asOf: asOf.toISOString(),
    held: heldBecause === null ? null : { reason: heldBecause },
    firstSweep: first,
    emails: emails.map((mail) => ({
      to: mail.to,
      account: mail.accountId,
      contact: mail.contactId,
      category: mail.category,
      locale: mail.locale,
      timeZone: mail.timeZone,
      grants: mail.lines.map((line) => ({
        id: line.grantId,
        stage: line.stage,
        expiresAt: expiryOfInstant(line.expiresAt)?.toISOString() ?? null,
        unit: line.unit,
        remaining: line.amount,
      })),
    })),
    skipped: skipped.map(({ grantId, accountId, reason, detail }) => ({
      grant: grantId,
      account: accountId,
      reason,
      ...(detail !== null && { detail }),
    })),
    faults,
  }
}
