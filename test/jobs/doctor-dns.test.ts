import { createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkDns, type SendingDomains } from '../../src/jobs/doctor/dns.ts'
import { dnsClient } from '../../src/mail/dns.ts'
import { runCli } from '../support/cli.ts'
import { startDnsServer } from '../support/dns-server.ts'
import { signingKey } from '../support/signing.ts'

const { key, env, records: ofKey } = signingKey()
const KEY_NAME = 's1._domainkey.acme.example'
const KEY = ofKey[KEY_NAME] ?? ''
const BARE_KEY = createPublicKey(key.privateKey).export({ type: 'pkcs1', format: 'der' }).toString('base64')

/** What a company that has done everything publishes. */
const PUBLISHED = {
  'acme.example': ['some-verification=1', 'v=spf1 include:_spf.example.net -all'],
  'bounces.acme.example': ['v=spf1 ip4:192.0.2.1 -all'],
  [KEY_NAME]: [KEY],
  '_dmarc.acme.example': ['v=DMARC1; p=reject; rua=mailto:dmarc@acme.example'],
}
const SIGNED: SendingDomains = { from: 'acme.example', envelope: 'acme.example', dkim: key }

/** What is found with such records beside the usual ones, `state text; advice` each. */
async function found(records: Readonly<Record<string, readonly string[]>>, domains: Partial<SendingDomains> = {}) {
  await using server = await startDnsServer({ ...PUBLISHED, ...records })
  const lines: string[] = []
  for await (const { state, found: text, advice } of checkDns({ ...SIGNED, ...domains }, dnsClient(server.address)))
    lines.push(`${state} ${text}${advice === null ? '' : `; ${advice}`}`)
  return lines
}

test('When everything is published, each says so', async () => {
  expect(await found({})).toEqual([
    'ok SPF: acme.example has a record',
    `ok DKIM: ${KEY_NAME} has the key that mails are signed with`,
    'ok DMARC: acme.example has a record, p=reject',
    'ok alignment: the signature (acme.example) speaks for acme.example',
  ])
})

test('SPF is looked up where bounces go, for that is what receivers look at', async () => {
  expect((await found({}, { envelope: 'bounces.acme.example' }))[0]).toBe('ok SPF: bounces.acme.example has a record')
})

test.each([
  ['no record', [], /^warning SPF: acme\.example has no record/],
  ['something that begins alike', ['v=spf10 -all'], /^warning SPF: acme\.example has no record/],
  ['two', ['v=spf1 -all', 'v=spf1 a -all'], /^warning SPF: acme\.example has 2 records, which count as none/],
  ['one for all the world', ['v=spf1 a +all'], /^warning SPF: acme\.example lets every host send/],
  ['one that is empty', ['v=spf1'], /^ok SPF/],
])('Of SPF it finds %s', async (_what, records, line) => {
  expect((await found({ 'acme.example': records }))[0]).toMatch(line)
})

test.each([
  ['no key', [], /^fault DKIM: s1\._domainkey\.acme\.example has no key; publish/],
  ['a revoked key', ['v=DKIM1; k=rsa; p='], /^fault .* has a revoked key/],
  ['another key', [signingKey().records[KEY_NAME] ?? ''], /^fault .* has another key than the one/],
  ['two keys', [KEY, 'v=DKIM1; p=abc'], /^fault .* has several keys/],
  ['a key of another kind', [KEY.replace('k=rsa', 'k=ed25519')], /^fault .* does not allow RSA/],
  ['a key for SHA-1 only', [`${KEY}; h=sha1`], /^fault .* does not allow RSA with SHA-256/],
  ['a key on trial', [`${KEY}; t=y:s`], /^warning .* marked as a trial; remove t=y/],
  [
    'a key with blanks, for mail and SHA-256 among others',
    [`${KEY.replaceAll('A', 'A ')} ; h=sha1 : sha256; s=email`],
    /^ok /,
  ],
  ['a bare RSA key without the rest', [`p=${BARE_KEY}`], /^ok /],
])('Of DKIM it finds %s', async (_what, records, line) => {
  expect((await found({ [KEY_NAME]: records }))[1]).toMatch(line)
})

test('Where nothing is signed here, it says that it cannot tell', async () => {
  expect((await found({}, { dkim: null }))[1]).toMatch(/^not-checked DKIM: no key is set here/)
})

test.each([
  ['no record', [], /^warning DMARC: neither acme\.example nor a domain above it/],
  ['two', ['v=DMARC1; p=none', 'v=DMARC1; p=reject'], /^warning DMARC/],
  ['one without a policy', ['v=DMARC1; rua=mailto:a@b.example'], /^warning DMARC/],
  ['one that only watches', ['v=DMARC1; p=none'], /^ok DMARC: .* p=none; p=quarantine or p=reject keep others/],
])('Of DMARC it finds %s', async (_what, records, line) => {
  expect((await found({ '_dmarc.acme.example': records }))[2]).toMatch(line)
})

test('The DMARC record of a domain above counts', async () => {
  const lines = await found({}, { from: 'billing.acme.example' })
  expect(lines[2]).toBe('ok DMARC: acme.example has a record, p=reject')
})

describe('alignment', () => {
  const from = 'billing.acme.example'
  test.each<readonly [string, Partial<SendingDomains>, string, RegExp]>([
    [
      'a return path below it',
      { envelope: 'bounces.acme.example', dkim: null },
      'p=none',
      /^ok .*bounces\.acme\.example\) speaks/,
    ],
    [
      'a return path beside it, under one record',
      { from, envelope: 'bounces.acme.example', dkim: null },
      'p=none',
      /^ok /,
    ],
    [
      'a return path elsewhere',
      { envelope: 'mail.example.net', dkim: null },
      'p=none',
      /^warning .*set MAIL_RETURN_PATH to acme/,
    ],
    [
      'a return path elsewhere, and a signature',
      { envelope: 'mail.example.net' },
      'p=none',
      /^ok alignment: the signature/,
    ],
    [
      'a signature from above, where it must be the same',
      { from },
      'p=none; adkim=s; aspf=s',
      /^warning .*or DKIM_DOMAIN/,
    ],
    [
      'a return path that is the same, where it must be',
      { from, envelope: from },
      'p=none; adkim=s; aspf=s',
      /^ok .*the signature does not/,
    ],
  ])('of %s', async (_what, domains, dmarc, line) => {
    expect((await found({ '_dmarc.acme.example': [`v=DMARC1; ${dmarc}`] }, domains))[3]).toMatch(line)
  })
})

test('A DNS server that does not know is no answer', async () => {
  await using server = await startDnsServer('failing')
  const findings = []
  for await (const finding of checkDns(SIGNED, dnsClient(server.address))) findings.push(finding)
  expect(findings).toMatchObject([{ state: 'fault', blame: 'dependency', found: expect.stringMatching(/SERVFAIL\)$/) }])
})

describe.concurrent('doctor', () => {
  const MAIL_FROM = 'Acme <billing@acme.example>'

  test('asks DNS only when told to', async () => {
    await using server = await startDnsServer(PUBLISHED)
    const without = await runCli(['doctor'], { MAIL_FROM, ...env })
    expect(without.stdout).toMatch(
      /^ok +dkim +mails are signed for acme\.example, selector s1, with RSA of 2048 bits$/m,
    )
    expect(without.stdout).not.toContain('SPF')
    const { stdout, stderr } = await runCli(['doctor', '--dns', '--dns-server', server.address], { MAIL_FROM, ...env })
    expect(stderr).toBe('')
    expect(stdout.match(/^ok +dns +\w+: /gm)).toHaveLength(4)
    expect(server.asked).toEqual(['acme.example', KEY_NAME, '_dmarc.acme.example'])
  })

  test('names a key that cannot be used, without a word of it', async () => {
    const { code, stdout } = await runCli(['doctor'], { MAIL_FROM, ...env, DKIM_PRIVATE_KEY: 'hunter2' })
    expect(code).toBe(2)
    expect(stdout).toMatch(/^fault +dkim +DKIM_PRIVATE_KEY is no private key in PEM/m)
    expect(stdout).not.toContain('hunter2')
  })

  test('refuses a server that is no address', async () => {
    const { code, stdout, stderr } = await runCli(['doctor', '--dns-server', 'dns.example'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/--dns-server is no IP address/)
  })
})
