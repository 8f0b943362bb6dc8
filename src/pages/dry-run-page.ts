import { html } from 'hono/html'
import type { AllowedRecipients } from '../domain/recipients.ts'
import type { DryRunReport } from '../jobs/dry-run-report.ts'
import { documentPieces, type Html } from './document.ts'
import { mailsSection } from './dry-run-mails.ts'
import { sinceSection } from './dry-run-since.ts'
import { faultsSection, skipsSection } from './dry-run-skips.ts'
import { verdict } from './dry-run-verdict.ts'
import { weeksSection } from './dry-run-weeks.ts'
import { instantInWords } from './dry-run-words.ts'
import { DOCUMENT_STYLE } from './style.ts'
import { TABLE_SCRIPT } from './table-script.ts'

/** A dry run as a document of one file, piece by piece. */
export function dryRunPage(report: DryRunReport, allowed: AllowedRecipients | null): Generator<string> {
  const title = `Dry run as of ${instantInWords(report.run.asOf)}`
  return documentPieces({ title, style: DOCUMENT_STYLE, script: TABLE_SCRIPT, body: body(report, allowed) })
}

function* body(report: DryRunReport, allowed: AllowedRecipients | null): Generator<Html> {
  const { run, expiring, since } = report
  yield verdict(report, allowed)
  yield weeksSection(expiring)
  yield* mailsSection(report)
  yield skipsSection(run)
  yield sinceSection(since)
  yield faultsSection(run)
  yield html`</main>
<footer><p>This file holds names and addresses of customers: keep it as you keep those.</p></footer>`
}
