import { describe, expect, it } from 'vitest'
import { chooseSamples } from '../../src/jobs/choose-samples.ts'
import type { ForeseenMail } from '../../src/jobs/dry-run.ts'

const mail = (stage: string, locale: string): ForeseenMail => ({
  accountId: 'acc_1',
  accountName: 'Acme',
  contactId: 'con_1',
  to: 'ana@example.com',
  category: stage === 'expired' ? 'expired' : 'warning',
  locale,
  timeZone: 'UTC',
  lines: [{ grantId: 'cg_1', kind: 'purchased', name: null, stage, expiresAt: new Date(0), unit: 'USD', amount: '1' }],
})

const many = Array.from({ length: 1000 }, () => mail('P7D', 'en'))

describe('the mails that stand for all', () => {
  it('are all of them where there is room, in their order', () => {
    expect(chooseSamples(many.slice(0, 5), 5)).toEqual([0, 1, 2, 3, 4])
    expect(chooseSamples([], 5)).toEqual([])
  })

  it('have every stage and every language among them, wherever these stand', () => {
    const mails = [...many, mail('expired', 'en'), mail('P1D', 'en'), mail('P7D', 'ar'), mail('P1D', 'ar')]
    expect(chooseSamples(mails, 4)).toEqual([0, 1000, 1001, 1002])
    expect(chooseSamples(mails, 5)).toEqual([0, 1000, 1001, 1002, 1003])
    expect(chooseSamples(mails, 7)).toEqual([0, 1, 2, 1000, 1001, 1002, 1003])
  })
})
