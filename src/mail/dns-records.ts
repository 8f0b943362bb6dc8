import { createPublicKey, type KeyObject } from 'node:crypto'

/** The SPF records among a domain's TXT records (RFC 7208, 4.5). More than one counts as none. */
export function spfRecords(records: readonly string[]): readonly string[] {
  return records.filter((record) => /^v=spf1(?: |$)/i.test(record))
}

/** Whether an SPF record lets any host send (RFC 7208, 5.1): nobody takes such a one for a sign of anything. */
export function letsEverybodySend(spf: string): boolean {
  return /(?:^| )\+?all(?: |$)/i.test(spf)
}

/** What a DMARC record asks of receivers (RFC 7489, 6.3). */
export type Dmarc = Readonly<{
  policy: 'none' | 'quarantine' | 'reject'
  /** Only the very domain of From is aligned, for DKIM or for SPF. */
  isStrict: Readonly<{ dkim: boolean; spf: boolean }>
}>

/** The DMARC record among TXT records; null where there is none that counts: two, or one without a policy, do not. */
export function readDmarc(records: readonly string[]): Dmarc | null {
  const [record, ...more] = records.filter((each) => /^v=DMARC1\s*(?:;|$)/.test(each))
  if (record === undefined || more.length > 0) return null
  const tags = readTags(record)
  const policy = tags.get('p')?.toLowerCase()
  if (policy !== 'none' && policy !== 'quarantine' && policy !== 'reject') return null
  const isStrict = (tag: string) => tags.get(tag)?.toLowerCase() === 's'
  return { policy, isStrict: { dkim: isStrict('adkim'), spf: isStrict('aspf') } }
}

/** How the records at a selector fit the key that mails are signed with (RFC 6376, 3.6.1). */
export type KeyRecord = 'fits' | 'fits-on-trial' | 'missing' | 'several' | 'revoked' | 'other-key' | 'unusable'

export function judgeKeyRecords(records: readonly string[], privateKey: KeyObject): KeyRecord {
  const [record, ...more] = records.filter((each) => readTags(each).has('p'))
  if (record === undefined) return 'missing'
  if (more.length > 0) return 'several'
  const tags = readTags(record)
  const listed = (tag: string) =>
    tags
      .get(tag)
      ?.toLowerCase()
      .split(':')
      .map((each) => each.trim())
  const [hashes, services] = [listed('h'), listed('s')]
  const published = tags.get('p')?.replace(/\s/g, '') ?? ''
  if (published === '') return 'revoked'
  if ((tags.get('v') ?? 'DKIM1') !== 'DKIM1' || (tags.get('k') ?? 'rsa') !== 'rsa') return 'unusable'
  if (hashes?.includes('sha256') === false) return 'unusable'
  if (services?.some((each) => each === '*' || each === 'email') === false) return 'unusable'
  const key = createPublicKey(privateKey)
  // Some publish the bare RSA key, which verifiers take as well.
  const forms = (['spki', 'pkcs1'] as const).map((type) => key.export({ type, format: 'der' }).toString('base64'))
  if (!forms.includes(published)) return 'other-key'
  return listed('t')?.includes('y') ? 'fits-on-trial' : 'fits'
}

/** `a=b; c=d` (RFC 6376, 3.2), names in lower case. */
function readTags(record: string): ReadonlyMap<string, string> {
  const pairs = record.split(';').map((tag) => /^\s*([a-z]\w*)\s*=\s*(.*?)\s*$/is.exec(tag))
  return new Map(
    pairs.flatMap((pair) => (pair === null ? [] : [[(pair[1] ?? '').toLowerCase(), pair[2] ?? ''] as const])),
  )
}
