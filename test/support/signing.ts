import { generateKeyPairSync } from 'node:crypto'
import { dkimVerify } from 'mailauth'

/** DNS of the tests' own: TXT records by name. */
export type TxtRecords = Readonly<Record<string, string>>

/** A key as a company makes it, and the settings for it. */
export function signingKey({ domain = 'acme.example', selector = 's1' } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  return {
    key: { privateKey, selector, domain },
    pem,
    env: { DKIM_PRIVATE_KEY: pem, DKIM_SELECTOR: selector },
    records: { [`${selector}._domainkey.${domain}`]: `v=DKIM1; k=rsa; p=${spki}` } as TxtRecords,
  }
}

/** What a receiver finds of a mail's first signature: the result, and which headers it covers, in lower case. */
export type Verified = Readonly<{ result: string; domain: string | null; covers: readonly string[] }>

/** Verifies as a receiver does, with a library that knows nothing of ours; asks no DNS but the given. */
export async function verifySignature(raw: Buffer, records: TxtRecords): Promise<Verified> {
  const resolver = async (name: string) => {
    const text = records[name]
    if (text === undefined) throw Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' })
    return [[text]]
  }
  const { results } = await dkimVerify(raw, { resolver })
  const [first] = results
  return {
    result: first?.status.result ?? 'none',
    domain: first?.signingDomain ?? null,
    covers: (/^DKIM-Signature:.*?\bh=([^;]+);/ims.exec(raw.toString('latin1'))?.[1] ?? '')
      .split(':')
      .map((name) => name.trim().toLowerCase()),
  }
}
