import { createPrivateKey, type KeyObject } from 'node:crypto'

/** RFC 8301, 3.2: signers should have no less; and verifiers need not take more than the other. */
const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 4096

const MAKE_ONE = `make an RSA key of ${MIN_RSA_BITS} bits: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:${MIN_RSA_BITS}`

/** What is wrong with a key, in words that go after the setting's name and hold nothing of the key. */
type KeyFault = Readonly<{ fault: string }>

/**
 * Reads a private key in PEM, with its line breaks or with `\n` in their place, as one-line settings have it. Only RSA is
 * taken: every receiver verifies it, and many do not verify Ed25519 (RFC 8463).
 */
export function readDkimKey(text: string): Readonly<{ key: KeyObject }> | KeyFault {
  const pem = text.replaceAll('\\n', '\n').trim()
  const [, label = ''] = /-----BEGIN ([A-Z ]+)-----/.exec(pem) ?? []
  if (/^Proc-Type: .*ENCRYPTED/m.test(pem) || label.startsWith('ENCRYPTED'))
    return { fault: 'is encrypted, and nobody is there to type its passphrase; decrypt it with: openssl pkey -in FILE' }
  if (label === 'CERTIFICATE' || label.endsWith('PUBLIC KEY'))
    return { fault: `is a ${label.toLowerCase()}, and what signs is the private key` }
  const key = parse(pem)
  return key === null ? { fault: 'is no private key in PEM (-----BEGIN PRIVATE KEY-----)' } : checked(key)
}

function parse(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem)
  } catch {
    // OpenSSL's words tell nobody anything.
    return null
  }
}

function checked(key: KeyObject): Readonly<{ key: KeyObject }> | KeyFault {
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: { modulusLength: bits = 0 } = {} } = key
  if (type !== 'rsa') return { fault: `is a key of type ${type}, which receivers do not verify; ${MAKE_ONE}` }
  if (bits < MIN_RSA_BITS) return { fault: `has ${bits} bits, which is too easily broken; ${MAKE_ONE}` }
  if (bits > MAX_RSA_BITS) return { fault: `has ${bits} bits, more than receivers need to verify; ${MAKE_ONE}` }
  return { key }
}
