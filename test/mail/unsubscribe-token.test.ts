import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readUnsubscribeToken, signUnsubscribeToken, unsubscribeUrl } from '../../src/mail/unsubscribe-token.ts'

const SECRET = 'a secret of the test, long enough'
const TARGET = { contactId: 'con_1', accountId: 'acc_1' }
const TOKEN = signUnsubscribeToken(TARGET, SECRET)
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const read = (token: string) => readUnsubscribeToken(token, SECRET)

const replaced = (index: number, character: string) => TOKEN.slice(0, index) + character + TOKEN.slice(index + 1)

describe('a token', () => {
  test('says for whom it speaks to whoever knows the secret', () => {
    expect(read(TOKEN)).toEqual(TARGET)
  })

  test('is the same for the same contact and account, so that every mail has the same link', () => {
    expect(signUnsubscribeToken({ ...TARGET }, SECRET)).toBe(TOKEN)
  })

  test('holds the two ids and nothing else', () => {
    const [, payload = ''] = TOKEN.split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual(['con_1', 'acc_1'])
  })

  test('stands in a URL as it is', () => {
    const url = unsubscribeUrl('https://example.com/reminders', TOKEN)
    expect(url).toBe(`https://example.com/reminders/unsubscribe/${TOKEN}`)
    expect(new URL(url).href).toBe(url)
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
    ['without its signature', TOKEN.slice(0, TOKEN.lastIndexOf('.') + 1)],
    ['with something behind it', `${TOKEN}A`],
    ['with a padding behind it', `${TOKEN}==`],
    ['with one more part', `${TOKEN}.`],
    ['with a space before it', ` ${TOKEN}`],
    ['empty', ''],
    ['nothing but points', '..'],
    ['of another version', TOKEN.replace(/^1/, '2')],
  ])('is refused when it is %s', (_case, token) => {
    expect(read(token)).toBeNull()
  })

  test('is refused when it was signed with another secret', () => {
    expect(readUnsubscribeToken(TOKEN, `${SECRET}.`)).toBeNull()
    expect(readUnsubscribeToken(TOKEN, '')).toBeNull()
  })

  test('is refused when it joins the ids of one with the signature of another', () => {
    const [, , signature] = signUnsubscribeToken({ ...TARGET, contactId: 'con_2' }, SECRET).split('.')
    const [version, payload] = TOKEN.split('.')
    expect(read([version, payload, signature].join('.'))).toBeNull()
  })

  test('is refused whatever it is, without a fault', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (token) => read(token) === null))
    fc.assert(fc.property(fc.stringMatching(/^1\.[\w-]{0,40}\.[\w-]{22}$/), (token) => read(token) === null))
  })
})

describe('ids', () => {
  test.each([
    ['empty', '', ''],
    ['with the marks of JSON', '"],["', '\\'],
    ['with a point', 'con.1', 'acc.1'],
    ['in other alphabets', 'контакт-1', '会社'],
    ['with a line break', 'con\r\n1', 'acc\u20281'],
    ['with half a surrogate pair', 'con\ud83d', '\udc00acc'],
  ])('%s come back as they were', (_case, contactId, accountId) => {
    expect(read(signUnsubscribeToken({ contactId, accountId }, SECRET))).toEqual({ contactId, accountId })
  })

  test('of any characters come back as they were, from a token that a URL holds as it is', () => {
    const id = fc.string({ unit: 'binary', maxLength: 60 })
    fc.assert(
      fc.property(id, id, (contactId, accountId) => {
        const token = signUnsubscribeToken({ contactId, accountId }, SECRET)
        expect(token).toMatch(/^[\w.-]+$/)
        expect(read(token)).toEqual({ contactId, accountId })
      }),
    )
  })

  test('that only together read alike have different tokens', () => {
    const tokens = [
      { contactId: 'a', accountId: 'bc' },
      { contactId: 'ab', accountId: 'c' },
      { contactId: 'bc', accountId: 'a' },
    ].map((target) => signUnsubscribeToken(target, SECRET))
    expect(new Set(tokens).size).toBe(3)
  })
})
