import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_RETURN_PATH_CHARACTERS, mailOfReturnPath, returnPathOf } from '../../src/mail/return-path.ts'

const RETURN_PATH = { address: 'bounces@bounces.example.com', secret: 'a-link-secret-of-the-tests' }
const MAIL = '019a2b3c-4d5e-7f60-8192-a3b4c5d6e7f8'

test('A return path names its mail, in whatever text and case it comes back', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.string(), fc.string(), fc.boolean(), (mailId, before, after, isUpperCase) => {
      const path = returnPathOf(mailId, RETURN_PATH)
      const text = `${before}<${isUpperCase ? path.toUpperCase() : path}>${after}`
      expect(mailOfReturnPath(text, RETURN_PATH)).toBe(mailId)
    }),
  )
})

test('It keeps its form: bounces of mails that an earlier version sent may be under way', () => {
  const sent = 'bounces+101j8ljojauftg834l3mj2tdpvonvrnj9ori7mvft7a@bounces.example.com'
  expect(returnPathOf(MAIL, RETURN_PATH)).toBe(sent)
})

test('The shortest and the longest of ids are read as they were written', () => {
  for (const id of ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']) {
    expect(mailOfReturnPath(returnPathOf(id, RETURN_PATH), RETURN_PATH)).toBe(id)
  }
})

test('Where the secret has changed, bounces of the mails before still find them', () => {
  const path = returnPathOf(MAIL, RETURN_PATH)
  const secret = 'another secret of the tests'
  expect(mailOfReturnPath(path, { ...RETURN_PATH, secret })).toBeNull()
  expect(mailOfReturnPath(path, { ...RETURN_PATH, secret, earlierSecrets: ['an older one', RETURN_PATH.secret] })).toBe(
    MAIL,
  )
})

test('Its local part has 64 characters at most', () => {
  const address = `${'b'.repeat(MAX_RETURN_PATH_CHARACTERS)}@example.com`
  expect(returnPathOf(MAIL, { ...RETURN_PATH, address }).indexOf('@')).toBe(64)
  expect(returnPathOf(MAIL, RETURN_PATH)).toMatch(/^bounces\+1[\da-v]{42}@bounces\.example\.com$/)
})

test('When any digit of a token is changed, it names no mail', () => {
  const path = returnPathOf(MAIL, RETURN_PATH)
  const from = path.indexOf('+') + 1
  for (let index = from; index < path.indexOf('@'); index += 1) {
    const digit = path[index] === '7' ? '8' : '7'
    expect(mailOfReturnPath(`${path.slice(0, index)}${digit}${path.slice(index + 1)}`, RETURN_PATH)).toBeNull()
  }
})

test.each([
  ['of another secret', returnPathOf(MAIL, { ...RETURN_PATH, secret: 'another-secret-of-someone' })],
  ['at another host', returnPathOf(MAIL, RETURN_PATH).replace('@bounces.', '@evil.')],
  ['that is cut off', returnPathOf(MAIL, RETURN_PATH).slice(0, 40)],
  ['without a token', RETURN_PATH.address],
  ['of more bits than an id has', `bounces+1${'v'.repeat(42)}@bounces.example.com`],
  ['in other digits', `bounces+1${'z'.repeat(42)}@bounces.example.com`],
  ['in nothing', ''],
])('An address %s names no mail', (_case, text) => {
  expect(mailOfReturnPath(text, RETURN_PATH)).toBeNull()
})

test('When a forged address stands before ours, ours is found', () => {
  const text = `bounces+1${'0'.repeat(42)}@bounces.example.com, bounces+bounces+x, ${returnPathOf(MAIL, RETURN_PATH)}`
  expect(mailOfReturnPath(text, RETURN_PATH)).toBe(MAIL)
})
