import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { domainOf } from '../domain/address.ts'
import { isAligned } from '../domain/alignment.ts'
import { UsageError } from '../errors.ts'
import { readDkimKey } from './dkim-key.ts'
import type { Environment } from './environment.ts'

/** What mails are signed with, and where its public half stands: at `selector._domainkey.domain` (RFC 6376, 3.6.2.1). */
export type Dkim = Readonly<{ privateKey: KeyObject; selector: string; domain: string }>

type Settings = Pick<
  Environment,
  'DKIM_PRIVATE_KEY' | 'DKIM_PRIVATE_KEY_FILE' | 'DKIM_SELECTOR' | 'DKIM_DOMAIN' | 'MAIL_FROM'
>

/**
 * How mails are signed; null where none of its settings is there.
 *
 * @throws UsageError with a line for each fault. Commands that send nothing do not ask: who looks at the ledger needs no
 * right to read the key.
 */
export async function readDkim(settings: Settings): Promise<Dkim | null> {
  const { DKIM_PRIVATE_KEY: text, DKIM_PRIVATE_KEY_FILE: file, DKIM_SELECTOR: selector, MAIL_FROM: from } = settings
  if ([text, file, selector, settings.DKIM_DOMAIN].every((value) => value === undefined)) return null
  const faults: string[] = []
  const found = await findKey(text, file)
  if ('fault' in found) faults.push(found.fault)
  if (selector === undefined)
    faults.push('DKIM_SELECTOR is not set: under which name the public key is in DNS, e.g. s1 for s1._domainkey')
  const fromDomain = from === undefined ? null : domainOf(from.address)
  const domain = settings.DKIM_DOMAIN ?? fromDomain
  if (domain !== null && fromDomain !== null && !isAligned(domain, fromDomain))
    faults.push('DKIM_DOMAIN is neither the domain of MAIL_FROM nor one above or below it, so DMARC would not count it')
  if (faults.length > 0 || 'fault' in found || selector === undefined) throw new UsageError(faults)
  return domain === null ? null : { privateKey: found.key, selector, domain }
}

type Found = Readonly<{ key: KeyObject }> | Readonly<{ fault: string }>

async function findKey(text: string | undefined, file: string | undefined): Promise<Found> {
  if (text !== undefined && file !== undefined)
    return { fault: 'DKIM_PRIVATE_KEY and DKIM_PRIVATE_KEY_FILE are both set; leave one of them out' }
  if (text !== undefined) return named('DKIM_PRIVATE_KEY', readDkimKey(text))
  if (file === undefined)
    return {
      fault: 'DKIM_PRIVATE_KEY is not set, and neither is DKIM_PRIVATE_KEY_FILE: the key that mails are signed with',
    }
  try {
    return named('DKIM_PRIVATE_KEY_FILE', readDkimKey(await readFile(file, 'utf8')))
  } catch (error) {
    return { fault: `DKIM_PRIVATE_KEY_FILE cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})` }
  }
}

function named(setting: string, read: Found): Found {
  return 'fault' in read ? { fault: `${setting} ${read.fault}` } : read
}
