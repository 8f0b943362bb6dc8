/**
 * Whatever the default of the database or the role: a sweep that waited for another one has to see what that one wrote,
 * and so does whoever claims a mail. A snapshot from before the wait would have it plan the same notices once more.
 */
const READ_COMMITTED = '-c default_transaction_isolation=read\\ committed'
const READ_ONLY = '-c default_transaction_read_only=on'

/** The URL of sessions that see what is committed at each statement; `readOnly`, Postgres itself refuses their writes. */
export function withSessionOptions(url: string, { readOnly }: Readonly<{ readOnly: boolean }>): string {
  const [address = '', query = ''] = url.split('?', 2)
  const params = new URLSearchParams(query)
  const ours = readOnly ? [READ_COMMITTED, READ_ONLY] : [READ_COMMITTED]
  // Written into the URL, because the driver lets `options` of the URL displace those beside it.
  params.set('options', [params.get('options') ?? '', ...ours].join(' ').trim())
  return `${address}?${params}`
}
