import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UnsubscribeTarget } from '../../src/mail/unsubscribe-target.ts'
import { readUnsubscribeToken, signUnsubscribeToken } from '../../src/mail/unsubscribe-token.ts'
import { addressHash } from '../../src/store/address-hash.ts'

const SECRET = 'a secret of the test, long enough'
const TARGET: UnsubscribeTarget = {
  contactId: 'con_1',
  accountId: 'acc_1',
  addressHash: addressHash('ana@example.com'),
  locale: 'pt-BR',
}
const TOKEN = signUnsubscribeToken(TARGET, SECRET)
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const read = (token: string) => readUnsubscribeToken(token, [SECRET])
const replaced = (index: number, character: string) => TOKEN.slice(0, index) + character + TOKEN.slice(index + 1)

/** As mails before the second version have it. */
const firstToken = (contactId: string, accountId: string, secret = SECRET) => {
  const payload = Buffer.from(JSON.stringify([contactId, accountId])).toString('base64url')
  const mac = createHmac('sha256', secret).update(`unsubscribe:1:${payload}`).digest().subarray(0, 16)
  return `1.${payload}.${mac.toString('base64url')}`
}

describe('a token', () => {
  test('says for whom it speaks to whoever knows the secret', () => {
    expect(read(TOKEN)).toEqual(TARGET)
  })

  test('is the same for the same target, so that a mail that is sent again has the same link', () => {
    expect(signUnsubscribeToken({ ...TARGET }, SECRET)).toBe(TOKEN)
  })

  test('shows nothing of it to anybody else', () => {
    const bytes = Buffer.from(TOKEN.slice(1), 'base64url')
    for (const part of ['con_1', 'acc_1', 'pt-BR']) expect(bytes.includes(part), part).toBe(false)
    expect(bytes.includes(Buffer.from(TARGET.addressHash ?? '', 'hex'))).toBe(false)
    // Two contacts of one account have nothing in common but the version.
    const other = signUnsubscribeToken({ ...TARGET, contactId: 'con_2' }, SECRET)
    const same = [...TOKEN].filter((character, index) => other[index] === character)
    expect(same.length).toBeLessThan(TOKEN.length / 4)
  })

  test('stands in a line of a mail and in a URL as it is, also with ids as long as UUIDs', () => {
    const [contactId, accountId] = ['8d9c7a4e-0f12-4f7a-9a31-5b1de3f4c0aa', '01998f3e-7b1c-7cc3-98c4-dc0c0c07398f']
    const token = signUnsubscribeToken({ ...TARGET, contactId, accountId }, SECRET)
    expect(token).toMatch(/^2[\w-]{1,120}$/)
    expect(read(token)).toEqual({ ...TARGET, contactId, accountId })
  })
})

describe('a token that we did not make', () => {
  test('is refused for any character that was changed', () => {
    const accepted = [...TOKEN].flatMap((original, index) =>
      [...BASE64URL, '.', '=', '+', '/', ' ', '%']
        .filter((character) => character !== original)
        .map((character) => replaced(index, character))
        .filter((token) => read(token) !== null),
    )
    expect(accepted).toEqual([])
  })

  test.each([
    ['cut short', TOKEN.slice(0, -1)],
    ['cut to its beginning', TOKEN.slice(0, 23)],
    ['with something behind it', `${TOKEN}A`],
    ['with a padding behind it', `${TOKEN}==`],
    ['with a space before it', ` ${TOKEN}`],
    ['empty', ''],
    ['nothing but a version', '2'],
    ['nothing but points', '..'],
    ['of another version', TOKEN.replace(/^2/, '3')],
  ])('is refused when it is %s', (_case, token) => {
    expect(read(token)).toBeNull()
  })

  test('is refused when it was made with another secret', () => {
    expect(readUnsubscribeToken(TOKEN, [`${SECRET}.`])).toBeNull()
    expect(readUnsubscribeToken(TOKEN, [''])).toBeNull()
    expect(readUnsubscribeToken(TOKEN, [])).toBeNull()
  })

  test('is refused whatever it is, without a fault', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (token) => read(token) === null))
    const rest = fc.string({ unit: fc.constantFrom(...BASE64URL, '.'), maxLength: 150 })
    fc.assert(fc.property(fc.constantFrom('1', '2'), rest, (version, rest) => read(version + rest) === null))
  })
})

describe('when the secret has changed', () => {
  const secrets = ['a new secret, long enough as well', 'the one before that was never used', SECRET]

  test('the tokens made with an earlier one are still read, of both versions', () => {
    expect(readUnsubscribeToken(TOKEN, secrets)).toEqual(TARGET)
    expect(readUnsubscribeToken(firstToken('con_1', 'acc_1'), secrets)).toMatchObject({ contactId: 'con_1' })
  })

  test('a token is another one, so that nothing is made with the earlier secret', () => {
    expect(signUnsubscribeToken(TARGET, secrets[0] ?? '')).not.toBe(TOKEN)
  })
})

describe('a token of the first version', () => {
  test('still speaks for its contact and account, and names no address', () => {
    const target = { contactId: 'con_1', accountId: 'acc_1', addressHash: null, locale: null }
    expect(read(firstToken('con_1', 'acc_1'))).toEqual(target)
    expect(read(firstToken('"],["', 'контакт.1'))).toMatchObject({ contactId: '"],["', accountId: 'контакт.1' })
  })

  test('is refused when it is not as we made it', () => {
    const token = firstToken('con_1', 'acc_1')
    const [, payload] = token.split('.')
    const [, , otherMac] = firstToken('con_2', 'acc_1').split('.')
    for (const forged of [
      `${token}A`,
      `${token}.`,
      `1.${payload}.`,
      `1.${payload}.${otherMac}`,
      `2${token.slice(1)}`,
    ]) {
      expect(read(forged), forged).toBeNull()
    }
    expect(read(firstToken('con_1', 'acc_1', 'another secret altogether'))).toBeNull()
  })
})

describe('ids', () => {
  test('of any characters come back as they were, from a token that a URL holds as it is', () => {
    const id = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.uuid(), fc.string({ maxLength: 600 }))
    const hash = fc.option(fc.stringMatching(/^[\da-f]{64}$/))
    fc.assert(
      fc.property(id, id, hash, fc.constantFrom(null, 'en', 'zh-Hans-CN'), (contactId, accountId, hash, locale) => {
        const target = { contactId, accountId, addressHash: hash, locale }
        const token = signUnsubscribeToken(target, SECRET)
        // Programs that make links of a text leave out a hyphen at the end.
        expect(token).toMatch(/^2[\w-]+\w$/)
        expect(read(token)).toEqual(target)
      }),
    )
  })

  test('that only together read alike have different tokens', () => {
    const tokens = [
      ['a', 'bc'],
      ['ab', 'c'],
      ['bc', 'a'],
    ].map(([contactId = '', accountId = '']) => signUnsubscribeToken({ ...TARGET, contactId, accountId }, SECRET))
    expect(new Set(tokens).size).toBe(3)
  })
})
