import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readDkim } from '../../src/config/dkim.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { UsageError } from '../../src/errors.ts'
import { signingKey } from '../support/signing.ts'

type Given = Readonly<Record<string, string>>

const { pem, env } = signingKey()
const GIVEN: Given = { ...env, MAIL_FROM: 'Acme <billing@acme.example>' }
const read = async (variables: Given) => readDkim(readEnvironment(variables))
const pemOf = (key: KeyObject, more: Readonly<{ cipher: string; passphrase: string }> | object = {}) =>
  key.export({ type: 'pkcs8', format: 'pem', ...more }).toString()

async function faultsOf(variables: Given): Promise<readonly string[]> {
  try {
    await read(variables)
  } catch (error) {
    if (error instanceof UsageError) return error.lines
    throw error
  }
  return []
}

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dkim-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'key.pem'), text)
  return join(folder, 'key.pem')
}

test('Without any of its settings nothing is signed', async () => {
  expect(await read({ MAIL_FROM: 'billing@acme.example', DKIM_SELECTOR: '' })).toBeNull()
})

test('A key is taken with its line breaks, with \\n in their place, or from a file; the domain is that of MAIL_FROM', async () => {
  const { DKIM_PRIVATE_KEY: _, ...others } = GIVEN
  for (const given of [
    GIVEN,
    { ...GIVEN, DKIM_PRIVATE_KEY: pem.replaceAll('\n', '\\n') },
    { ...others, DKIM_PRIVATE_KEY_FILE: await fileOf(pem) },
  ]) {
    const dkim = await read(given)
    expect(dkim && { ...dkim, privateKey: pemOf(dkim.privateKey) }).toEqual({
      privateKey: pem,
      selector: 's1',
      domain: 'acme.example',
    })
  }
})

test.each([
  ['acme.example', 'acme.example'],
  ['mail.acme.example', 'mail.acme.example'],
  ['ACME.Example', 'acme.example'],
])('DKIM_DOMAIN may be %s', async (DKIM_DOMAIN, domain) => {
  expect(await read({ ...GIVEN, DKIM_DOMAIN })).toMatchObject({ domain })
})

test('DKIM_DOMAIN may be the domain above that of MAIL_FROM', async () => {
  const MAIL_FROM = 'billing@news.acme.example'
  expect(await read({ ...GIVEN, MAIL_FROM, DKIM_DOMAIN: 'acme.example' })).toMatchObject({ domain: 'acme.example' })
})

describe('what is refused, in one line without the key', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const cases: readonly (readonly [what: string, given: Given, line: RegExp])[] = [
    ['a key without a selector', { DKIM_SELECTOR: '' }, /^DKIM_SELECTOR is not set: under which name the public key/],
    [
      'a selector without a key',
      { DKIM_PRIVATE_KEY: '' },
      /^DKIM_PRIVATE_KEY is not set, and neither is DKIM_PRIVATE_K/,
    ],
    [
      'a key in two places',
      { DKIM_PRIVATE_KEY_FILE: '/key' },
      /^DKIM_PRIVATE_KEY and DKIM_PRIVATE_KEY_FILE are both set/,
    ],
    [
      'a file that is not there',
      { DKIM_PRIVATE_KEY: '', DKIM_PRIVATE_KEY_FILE: '/no/such' },
      /^DKIM_PRIVATE_KEY_FILE cannot be read \(ENOENT\)$/,
    ],
    ['a stranger’s domain', { DKIM_DOMAIN: 'example.net' }, /^DKIM_DOMAIN is neither the domain of MAIL_FROM nor/],
    ['a domain that ends alike', { DKIM_DOMAIN: 'notacme.example' }, /^DKIM_DOMAIN is neither the domain/],
    ['a domain that is none', { DKIM_DOMAIN: 'acme_example' }, /^DKIM_DOMAIN is no domain, such as example\.com$/],
    ['a bad selector', { DKIM_SELECTOR: 's1; d=evil' }, /^DKIM_SELECTOR is not the name of a selector, such as s1/],
    [
      'an Ed25519 key',
      { DKIM_PRIVATE_KEY: pemOf(generateKeyPairSync('ed25519').privateKey) },
      /^DKIM_PRIVATE_KEY is a key of type ed25519, which receivers do not verify; make an RSA key of 2048 bits: openssl/,
    ],
    [
      'an elliptic key',
      { DKIM_PRIVATE_KEY: pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) },
      /^DKIM_PRIVATE_KEY is a key of type ec, /,
    ],
    [
      'an RSA key for PSS only',
      { DKIM_PRIVATE_KEY: pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey) },
      /^DKIM_PRIVATE_KEY is a key of type rsa-pss, /,
    ],
    [
      'a short key',
      { DKIM_PRIVATE_KEY: pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey) },
      /^DKIM_PRIVATE_KEY has 1024 bits, which is too easily broken; make/,
    ],
    [
      'an encrypted key',
      { DKIM_PRIVATE_KEY: pemOf(rsa.privateKey, { cipher: 'aes-128-cbc', passphrase: 'hunter2' }) },
      /^DKIM_PRIVATE_KEY is encrypted, .*openssl pkey/,
    ],
    [
      'a public key',
      { DKIM_PRIVATE_KEY: rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
      /^DKIM_PRIVATE_KEY is a public key, and what signs is the private key$/,
    ],
    [
      'half a key',
      { DKIM_PRIVATE_KEY: pem.slice(0, 300) },
      /^DKIM_PRIVATE_KEY is no private key in PEM \(-----BEGIN PRIVATE KEY-----\)$/,
    ],
    ['no key', { DKIM_PRIVATE_KEY: 'hunter2' }, /^DKIM_PRIVATE_KEY is no private key in PEM/],
  ]
  test.each(cases)('%s', async (_what, given, line) => {
    const faults = await faultsOf({ ...GIVEN, ...given })
    expect(faults).toEqual([expect.stringMatching(line)])
    expect(faults.join()).not.toMatch(/hunter2|MII|evil/)
  })

  test('several faults at once, each in its line', async () => {
    expect(await faultsOf({ DKIM_DOMAIN: 'example.net', MAIL_FROM: 'billing@acme.example' })).toHaveLength(3)
  })

  test('a file whose content is no key is named as the file', async () => {
    const DKIM_PRIVATE_KEY_FILE = await fileOf('hunter2')
    expect(await faultsOf({ ...GIVEN, DKIM_PRIVATE_KEY: '', DKIM_PRIVATE_KEY_FILE })).toEqual([
      expect.stringMatching(/^DKIM_PRIVATE_KEY_FILE is no private key in PEM/),
    ])
  })
})
