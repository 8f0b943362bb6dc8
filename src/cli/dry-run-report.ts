import type { openForReading } from '../compose-ledger.ts'
import { openForPreview } from '../compose-mails.ts'
import { readEnvironment, type Variables } from '../config/environment.ts'
import type { DryRun } from '../jobs/dry-run.ts'
import { reportDryRun } from '../jobs/dry-run-report.ts'
import { createLogger } from '../logger.ts'
import { openProgress, withProgress } from './progress.ts'

/** A dry run and its page (`--format html`), piece by piece. */
export async function reportPages(
  setting: Awaited<ReturnType<typeof openForReading>>,
  request: Readonly<{ asOf: Date | null; accountId: string | undefined }>,
  variables: Variables = process.env,
): Promise<Readonly<{ run: DryRun; pieces: Iterable<string> }>> {
  const { LOG_FORMAT: format } = readEnvironment(variables)
  const log = createLogger({ level: 'warn', format })
  const preview = await openForPreview(variables)
  const monotonicMs = () => performance.now()
  const report = await reportDryRun({ ...setting, preview, log, openProgress, monotonicMs }, request)
  // Its drawing library takes half a second to load, which no other format needs.
  const { dryRunPage } = await import('../pages/dry-run-page.ts')
  return {
    run: report.run,
    pieces: withProgress('writing the report, in parts', dryRunPage(report, setting.rules.allowedRecipients)),
  }
}
