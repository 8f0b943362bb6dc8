import { unsubscribePages } from '../../src/cli/unsubscribe-service.ts'
import { openForDelivery } from '../../src/compose.ts'
import { startHttpServer } from '../../src/http/server.ts'
import type { Company } from './company.ts'
import type { SmtpSink } from './smtp-sink.ts'

/** The pages behind a company's links, served in this process. */
export type Pages = AsyncDisposable &
  Readonly<{
    url: string
    /** The link of the latest mail to an address, as its header has it, where the test reaches it. */
    linkTo: (address: string) => string
  }>

export async function servePages(company: Company, env: Readonly<Record<string, string>> = {}): Promise<Pages> {
  const resources = new AsyncDisposableStack()
  const setting = resources.use(await openForDelivery('pages', { ...company.env, LOG_LEVEL: 'silent', ...env }))
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    health: { obstacles: async () => [] },
    unsubscribe: unsubscribePages(setting),
    bounces: null,
    metrics: null,
  })
  resources.defer(server.close)
  return {
    url: server.url,
    linkTo: (address) => `${server.url}/unsubscribe/${tokenTo(company.sink, address)}`,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** The value of `List-Unsubscribe` of the latest mail to an address, unfolded. */
export function unsubscribeHeaderTo({ mailsTo }: SmtpSink, address: string): string {
  const raw = mailsTo(address).at(-1)?.raw.toString() ?? ''
  return /^List-Unsubscribe: (.+)$/m.exec(raw.replace(/\r\n[ \t]+/g, ' ').replaceAll('\r', ''))?.[1] ?? ''
}

export function tokenTo(sink: SmtpSink, address: string): string {
  return /^<https:\/\/[^>]+\/unsubscribe\/([^>/]+)>/.exec(unsubscribeHeaderTo(sink, address))?.[1] ?? ''
}

/** As a mail client posts it (RFC 8058, 3.2). */
export const ONE_CLICK = { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) }

/** As the page's form posts it. */
export function formPost(fields: Readonly<Record<string, string>>): RequestInit {
  return { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' }
}
