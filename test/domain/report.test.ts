import { describe, expect, test } from 'vitest'
import { consequenceOf, type Report } from '../../src/domain/report.ts'

const BOUNCE: Report = { kind: 'failed', status: '5.1.1', diagnostic: null, recipients: ['ana@example.com'] }
const COMPLAINT: Report = { ...BOUNCE, kind: 'complaint', status: null }
const ANA = { address: 'ana@example.com', isProven: false }
const PROVEN = { ...ANA, isProven: true }

describe('a bounce', () => {
  test.each([
    ['no such mailbox', '5.1.1'],
    ['no such host', '5.1.2'],
    ['no address', '5.1.3'],
    ['moved away', '5.1.6'],
    ['a host that takes no mail', '5.1.10'],
    ['closed', '5.2.1'],
  ])('suppresses where the address is no good: %s (%s)', (_why, status) => {
    expect(consequenceOf({ ...BOUNCE, status }, ANA)).toBe('bounced')
  })

  test.each([
    ['given up after days', '4.4.7'],
    ['no such mailbox for now', '4.1.1'],
    ['of no known cause', '5.0.0'],
    ['something about the address', '5.1.0'],
    ['the address of the sender', '5.1.8'],
    ['mailbox full', '5.2.2'],
    ['too big', '5.2.3'],
    ['no way there', '5.4.4'],
    ['a loop', '5.4.6'],
    ['a policy', '5.7.1'],
    ['nothing said', null],
  ])('does not where it says something else: %s (%s)', (_why, status) => {
    expect(consequenceOf({ ...BOUNCE, status }, PROVEN)).toBeNull()
  })

  test.each(['delayed', 'other'] as const)('does not where it is one of kind %s, whatever its status', (kind) => {
    expect(consequenceOf({ ...BOUNCE, kind }, PROVEN)).toBeNull()
  })

  test('suppresses by any form of the address, and by any of the names that the recipient goes by', () => {
    for (const recipients of [['ANA@Example.COM'], ['someone@else.example', 'ana@example.com']]) {
      expect(consequenceOf({ ...BOUNCE, recipients }, ANA)).toBe('bounced')
    }
  })

  test('about a stranger suppresses nobody, unless its mail is proven: then the mail was forwarded to that name', () => {
    for (const recipients of [['eve@example.com'], []]) {
      expect(consequenceOf({ ...BOUNCE, recipients }, ANA)).toBeNull()
      expect(consequenceOf({ ...BOUNCE, recipients }, PROVEN)).toBe('bounced')
    }
  })
})

describe('a complaint', () => {
  test('suppresses where it names the address, or nobody, or its mail is proven', () => {
    expect(consequenceOf(COMPLAINT, ANA)).toBe('complaint')
    expect(consequenceOf({ ...COMPLAINT, recipients: [] }, ANA)).toBe('complaint')
    expect(consequenceOf({ ...COMPLAINT, recipients: ['eve@example.com'] }, PROVEN)).toBe('complaint')
  })

  test('does not where it names somebody else', () => {
    expect(consequenceOf({ ...COMPLAINT, recipients: ['eve@example.com'] }, ANA)).toBeNull()
  })
})

test('What is about no mail of ours suppresses nobody', () => {
  for (const report of [BOUNCE, COMPLAINT]) expect(consequenceOf(report, null)).toBeNull()
})
