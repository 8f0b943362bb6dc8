import type { ReportKind } from '../domain/report.ts'
import { plainText } from '../mail/plain-text.ts'
import { mailOfReturnPath, type ReturnPath } from '../mail/return-path.ts'
import type { Database } from '../store/database.ts'
import { type IncomingReport, type ReportCounts, takeInReports } from './reports.ts'

/** What a provider reports of a mail by HTTP. */
type ProviderEvent = Readonly<{
  id: string
  type: 'bounce' | 'delay' | 'complaint'
  messageId?: string | null | undefined
  mail?: string | null | undefined
  /** The envelope sender, as the provider was given it. */
  returnPath?: string | null | undefined
  recipient?: string | null | undefined
  status?: string | null | undefined
  diagnostic?: string | null | undefined
}>

const MAX_DIAGNOSTIC_CHARACTERS = 500
const KIND_OF_TYPE = { bounce: 'failed', delay: 'delayed', complaint: 'complaint' } as const satisfies Record<
  ProviderEvent['type'],
  ReportKind
>

/** Takes in what a provider reports. An event counts once, by its id. */
export function takeInEvents(
  { db, returnPath }: Readonly<{ db: Database; returnPath: ReturnPath | null }>,
  events: readonly ProviderEvent[],
): Promise<ReportCounts> {
  return takeInReports(
    db,
    'webhook',
    events.map((event) => incomingOf(event, returnPath)),
  )
}

function incomingOf(event: ProviderEvent, ours: ReturnPath | null): IncomingReport {
  const { id, type, mail, messageId, returnPath, recipient, status, diagnostic } = event
  return {
    identity: id,
    provenMailId: ours === null ? null : mailOfReturnPath(returnPath ?? '', ours),
    mailId: mail ?? null,
    messageId: messageId == null ? null : `<${messageId.replace(/^<|>$/g, '')}>`,
    report: {
      kind: KIND_OF_TYPE[type],
      status: status ?? null,
      diagnostic: diagnostic == null ? null : plainText(diagnostic, MAX_DIAGNOSTIC_CHARACTERS),
      recipients: recipient == null ? [] : [recipient],
    },
  }
}
