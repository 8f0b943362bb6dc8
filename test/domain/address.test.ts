import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDeliverableAddress, normaliseAddress, withAsciiDomain } from '../../src/domain/address.ts'

const label = (length: number) => 'a'.repeat(length)

/** A host name of exactly so many characters. */
function hostOf(length: number): string {
  const end = '.example'
  let rest = length - end.length
  const labels: string[] = []
  while (rest > 0) {
    // Never leave a single character over: it would need a dot and a label.
    const size = rest > 64 ? 62 : rest
    labels.push(label(size))
    rest -= size + 1
  }
  return labels.join('.') + end
}

describe('an address that mail can be sent to', () => {
  it.each([
    ['plain', 'ana@example.com'],
    ['every character of atext', "!#$%&'*+-/=?^_`{|}~a0@example.com"],
    ['dots in the local part', 'ana.maria.b@example.com'],
    ['a tag', "o'brien+billing@example.co.uk"],
    ['upper case', 'Ana@Example.COM'],
    ['hyphens inside labels', 'a@my-host.mail-1.example'],
    ['digits as labels, but for the last', 'a@1.2.3.example'],
    ['a domain of another alphabet', 'ana@bücher.example'],
    ['the same domain in ASCII', 'ana@xn--bcher-kva.example'],
    ['a top-level domain of another alphabet', 'ana@例え.テスト'],
    ['a whole address of another alphabet', 'аня@пример.example'],
    ['a decomposed letter', 'ane\u0301@example.com'],
    ['a local part of 64 octets', `${label(64)}@example.com`],
    ['a label of 63 octets', `a@${label(63)}.example`],
    ['254 octets in all', `${'a'.repeat(10)}@${hostOf(243)}`],
  ])('%s: %s', (_what, address) => {
    expect(isDeliverableAddress(address)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['no @', 'ana.example.com'],
    ['only @', '@'],
    ['no local part', '@example.com'],
    ['no domain', 'ana@'],
    ['two @', 'ana@b@example.com'],
    ['a space before', ' ana@example.com'],
    ['a space after', 'ana@example.com '],
    ['a space inside', 'an a@example.com'],
    ['a tab', 'ana\t@example.com'],
    ['a line break at the end', 'ana@example.com\n'],
    ['a header after it', 'ana@example.com\r\nBcc: eve@example.com'],
    ['a NUL', 'ana\0@example.com'],
    ['a DEL', 'ana\x7f@example.com'],
    ['a comma', 'ana@example.com,eve@example.com'],
    ['a comma in the local part', 'ana,eve@example.com'],
    ['a semicolon', 'ana;eve@example.com'],
    ['a colon', 'group:ana@example.com'],
    ['angle brackets', '<ana@example.com>'],
    ['a name before', 'Ana <ana@example.com>'],
    ['a comment', 'ana(home)@example.com'],
    ['a backslash', 'ana\\@example.com'],
    ['a quoted local part', '"ana"@example.com'],
    ['a quoted local part with an @', '"ana@evil.example"@example.com'],
    ['a dot first', '.ana@example.com'],
    ['a dot last', 'ana.@example.com'],
    ['two dots', 'an..a@example.com'],
    ['an IPv4 literal', 'ana@[192.0.2.1]'],
    ['an IPv6 literal', 'ana@[IPv6:2001:db8::1]'],
    ['an IPv4 address', 'ana@192.0.2.1'],
    ['a hexadecimal last label', 'ana@example.0x7f'],
    ['a number as last label', 'ana@example.123'],
    ['one label', 'ana@localhost'],
    ['a last label of one letter', 'ana@example.c'],
    ['a dot at the end', 'ana@example.com.'],
    ['two dots in the domain', 'ana@example..com'],
    ['a dot before the domain', 'ana@.example.com'],
    ['a hyphen before a label', 'ana@-example.com'],
    ['a hyphen after a label', 'ana@example-.com'],
    ['an underscore in the domain', 'ana@my_host.example'],
    ['a port', 'ana@example.com:25'],
    ['a path', 'ana@example.com/inbox'],
    ['an encoded dot', 'ana@example%2ecom'],
    ['65 octets of local part', `${label(65)}@example.com`],
    ['64 characters that are more octets', `${'ä'.repeat(33)}@example.com`],
    ['a label of 64 octets', `a@${label(64)}.example`],
    ['255 octets in all', `${'a'.repeat(11)}@${hostOf(243)}`],
    ['a domain of 254 octets', `a@${hostOf(254)}`],
    ['a right-to-left override', 'ana\u202emoc@example.com'],
    ['a zero-width space', 'a\u200bna@example.com'],
    ['a zero-width space in the domain', 'ana@exam\u200bple.com'],
    ['a no-break space', 'ana\u00a0b@example.com'],
    ['a line separator', 'ana\u2028@example.com'],
    ['a wide @', 'ana＠example.com'],
    ['a wide @ beside a real one', 'eve＠evil.example@example.com'],
    ['a wide comma', 'ana，eve@example.com'],
    ['an ideographic full stop for a dot', 'ana@example。com'],
    ['half a surrogate pair', 'ana\ud83d@example.com'],
    ['an unassigned character', 'ana\u0378@example.com'],
    ['mixed-direction digits in a label', 'ana@١٢.com'],
  ])('refused, %s: %j', (_what, address) => {
    expect(isDeliverableAddress(address)).toBe(false)
  })

  it('is short enough, in one line and in two parts, whatever else it is', () => {
    const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 80 })
    const any = fc.string({ unit: 'binary', maxLength: 80 })
    const host = fc.oneof(fc.domain(), any)
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), ascii, any), host, (localPart, domain) => {
        const address = localPart.includes('@') ? localPart : `${localPart}@${domain}`
        fc.pre(isDeliverableAddress(address))
        expect(address).not.toMatch(/[\p{C}\p{Z},;:<>()[\]"\\]/u)
        expect(address.split('@')).toHaveLength(2)
        expect(Buffer.byteLength(withAsciiDomain(address))).toBeLessThanOrEqual(254)
      }),
      { numRuns: 2000 },
    )
  })

  it('is every address that RFC 5322 writes without quotes, on a host with a name', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        expect(isDeliverableAddress(address)).toBe(true)
      }),
    )
  })
})

describe('an address in the form that it is compared by', () => {
  it.each([
    ['ana@example.com', 'ana@example.com'],
    ['  Ana@Example.COM\n', 'ana@example.com'],
    ['ana@BÜCHER.example', 'ana@xn--bcher-kva.example'],
    ['ana@xn--BCHER-kva.example', 'ana@xn--bcher-kva.example'],
    ['ANE\u0301@example.com', 'an\u00e9@example.com'],
    ['an\u00c9@example.com', 'an\u00e9@example.com'],
    ['ana@bu\u0308cher.example', 'ana@xn--bcher-kva.example'],
    // What these mean differs from host to host.
    ['a.na+billing@example.com', 'a.na+billing@example.com'],
    // No address at all: still something to compare by.
    ['Not An Address', 'not an address'],
    ['Ana@[192.0.2.1]', 'ana@[192.0.2.1]'],
    ['', ''],
  ])('%j is %j', (address, normalised) => {
    expect(normaliseAddress(address)).toBe(normalised)
  })

  it('stays as it is once it is normalised, and is the same for every spelling of the case', () => {
    const text = fc.oneof(
      fc.emailAddress(),
      fc.string({ unit: 'grapheme' }),
      fc.tuple(fc.string({ unit: 'grapheme' }), fc.domain()).map(([localPart, domain]) => `${localPart}@${domain}`),
    )
    fc.assert(
      fc.property(text, (address) => {
        const normalised = normaliseAddress(address)
        expect(normaliseAddress(normalised)).toBe(normalised)
        expect(normaliseAddress(address.toLowerCase())).toBe(normalised)
        expect(normaliseAddress(address.normalize('NFD'))).toBe(normalised)
      }),
      { numRuns: 1000 },
    )
  })

  it('can be sent to where the address can', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        expect(isDeliverableAddress(normaliseAddress(address))).toBe(true)
      }),
    )
  })
})

describe('an address with its domain in ASCII', () => {
  it.each([
    ['Ana@Bücher.Example', 'Ana@xn--bcher-kva.example'],
    ['аня@пример.example', 'аня@xn--e1afmkfd.example'],
    ['ana@Example.com', 'ana@example.com'],
    // Nothing that could be put into ASCII.
    ['nobody', 'nobody'],
    ['root@localhost', 'root@localhost'],
  ])('%s is sent as %s', (address, sent) => {
    expect(withAsciiDomain(address)).toBe(sent)
  })
})
