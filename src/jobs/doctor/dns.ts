import type { Dkim } from '../../config/dkim.ts'
import { isAligned } from '../../domain/alignment.ts'
import { type AskTxt, DnsSilent } from '../../mail/dns.ts'
import {
  type Dmarc,
  judgeKeyRecords,
  type KeyRecord,
  letsEverybodySend,
  readDmarc,
  spfRecords,
} from '../../mail/dns-records.ts'
import { type Finding, fault, notChecked, ok, warning } from './finding.ts'

/** Whose mails receivers look up. Domains in lower case and ASCII. */
export type SendingDomains = Readonly<{
  /** Of MAIL_FROM. */
  from: string
  /** Of the envelope: MAIL_RETURN_PATH, or else MAIL_FROM. */
  envelope: string
  /** What mails are signed with here; null: nothing. */
  dkim: Dkim | null
}>

/** What DNS tells receivers about mails of this sender: SPF, DKIM, DMARC, and whether they belong together. */
export async function* checkDns(domains: SendingDomains, ask: AskTxt): AsyncGenerator<Finding> {
  try {
    yield spfFinding(domains.envelope, spfRecords(await ask(domains.envelope)))
    yield domains.dkim === null
      ? notChecked('dns', 'DKIM: no key is set here; whether the mail server signs, its own records do not tell')
      : await keyFinding(domains.dkim, ask)
    const found = await findDmarc(domains.from, ask)
    yield dmarcFinding(domains.from, found)
    yield alignmentFinding(domains, found)
  } catch (error) {
    if (!(error instanceof DnsSilent)) throw error
    const advice = 'let this host ask a DNS server, or name one with --dns-server'
    yield fault('dns', 'dependency', `DNS does not tell ${error.message}`, advice)
  }
}

function spfFinding(domain: string, records: readonly string[]): Finding {
  const [record, ...more] = records
  if (record === undefined)
    return warning(
      'dns',
      `SPF: ${domain} has no record, so nobody knows which hosts send for it`,
      'publish one that names your mail server, e.g. v=spf1 include:_spf.example.net -all',
    )
  if (more.length > 0)
    return warning('dns', `SPF: ${domain} has ${records.length} records, which count as none`, 'make one of them')
  if (letsEverybodySend(record))
    return warning('dns', `SPF: ${domain} lets every host send for it`, 'end the record with -all or ~all')
  return ok('dns', `SPF: ${domain} has a record`)
}

const KEY_FAULTS: Readonly<Record<Exclude<KeyRecord, 'fits' | 'fits-on-trial'>, readonly [string, string]>> = {
  missing: ['has no key', 'publish the public half of the key there (docs/operations.md), and wait until it is seen'],
  several: ['has several keys, of which receivers take any', 'leave one'],
  revoked: ['has a revoked key', 'publish the public half of the key, or set DKIM_SELECTOR to another one'],
  'other-key': ['has another key than the one that mails are signed with', 'publish its public half, or set the other'],
  unusable: ['has a record that does not allow RSA with SHA-256 for mail', 'correct its k=, h= and s='],
}

async function keyFinding({ privateKey, selector, domain }: Dkim, ask: AskTxt): Promise<Finding> {
  const name = `${selector}._domainkey.${domain}`
  const judged = judgeKeyRecords(await ask(name), privateKey)
  if (judged === 'fits') return ok('dns', `DKIM: ${name} has the key that mails are signed with`)
  if (judged === 'fits-on-trial')
    return warning('dns', `DKIM: ${name} has the key, marked as a trial`, 'remove t=y, for which some ignore it')
  const [found, advice] = KEY_FAULTS[judged]
  return fault('dns', 'setting', `DKIM: ${name} ${found}`, advice)
}

type FoundDmarc = Readonly<{ domain: string; dmarc: Dmarc }> | null

/** The record of the domain, or else of the nearest one above it. */
async function findDmarc(from: string, ask: AskTxt): Promise<FoundDmarc> {
  const labels = from.split('.')
  for (let above = 0; above <= labels.length - 2; above += 1) {
    const domain = labels.slice(above).join('.')
    const dmarc = readDmarc(await ask(`_dmarc.${domain}`))
    if (dmarc !== null) return { domain, dmarc }
  }
  return null
}

function dmarcFinding(from: string, found: FoundDmarc): Finding {
  if (found === null)
    return warning(
      'dns',
      `DMARC: neither ${from} nor a domain above it has a record that counts`,
      `publish one at _dmarc.${from}, at first v=DMARC1; p=none; large receivers ask it of whoever sends much`,
    )
  const { domain, dmarc } = found
  const hint = dmarc.policy === 'none' ? 'p=quarantine or p=reject keep others from writing in your name' : null
  return ok('dns', `DMARC: ${domain} has a record, p=${dmarc.policy}`, hint)
}

/** DMARC passes where the domain of SPF, or of DKIM, is that of From (RFC 7489, 3.1): a signature outlives forwarding. */
function alignmentFinding({ from, envelope, dkim }: SendingDomains, found: FoundDmarc): Finding {
  const fits = (domain: string, isStrict = false) =>
    isStrict ? domain === from : isAligned(domain, from, found?.domain)
  const bySpf = fits(envelope, found?.dmarc.isStrict.spf)
  const byDkim = dkim !== null && fits(dkim.domain, found?.dmarc.isStrict.dkim)
  if (byDkim) return ok('dns', `alignment: the signature (${dkim.domain}) speaks for ${from}`)
  if (bySpf)
    return ok(
      'dns',
      `alignment: the return path (${envelope}) speaks for ${from}`,
      dkim === null ? null : 'the signature does not',
    )
  return warning(
    'dns',
    `alignment: nothing here speaks for ${from}: the return path is at ${envelope}${dkim === null ? '' : `, the signature of ${dkim.domain}`}`,
    `set MAIL_RETURN_PATH${dkim === null ? '' : ' or DKIM_DOMAIN'} to ${from}, or to a domain below it`,
  )
}
