import { describe, expect, it } from 'vitest'
import { dryRunTable } from '../../src/cli/dry-run-table.ts'
import { displayWidth } from '../../src/cli/fit.ts'
import { NEVER_EXPIRES } from '../../src/domain/never.ts'
import type { DryRun, ForeseenMail } from '../../src/jobs/dry-run.ts'

const line = (over: Partial<ForeseenMail['lines'][number]> = {}) => ({
  grantId: 'cg_1',
  kind: 'promotional',
  name: 'Spring developer day',
  unit: 'USD',
  amount: '1234567.89',
  stage: 'P30D',
  expiresAt: new Date('2026-06-30T12:00:00Z'),
  ...over,
})

const mail = (over: Partial<ForeseenMail> = {}): ForeseenMail => ({
  accountId: 'acc_1',
  accountName: 'Acme Incorporated of Springfield',
  contactId: 'con_1',
  category: 'warning',
  to: 'accounts.payable@acme-incorporated.example',
  locale: 'en',
  timeZone: 'Europe/Berlin',
  lines: [line()],
  ...over,
})

const dryRun = (over: Partial<DryRun> = {}): DryRun => ({
  asOf: new Date('2026-06-01T09:00:00Z'),
  heldBecause: null,
  first: null,
  emails: [mail()],
  retried: 0,
  skipped: [],
  faults: [],
  ...over,
})

const widest = (text: string) => Math.max(...text.split('\n').map(displayWidth))

describe('the table of a dry run', () => {
  it('is as wide as it is where no terminal sets a limit, and ends no line with blanks', () => {
    const text = dryRunTable(dryRun(), null)
    expect(text).toContain('until 14:00 GMT+2 on Tuesday, June 30, 2026')
    expect(text).toContain('Acme Incorporated of Springfield (acc_1)')
    expect(text).not.toMatch(/ $/m)
  })

  it('shows corrections in a section of their own, and no date where there is none any more', () => {
    const lines = [line({ stage: 'correction' }), line({ stage: 'correction', expiresAt: NEVER_EXPIRES })]
    const text = dryRunTable(dryRun({ emails: [mail(), mail({ category: 'correction', lines })] }), null)
    expect(text).toMatch(
      /Moved to later: 1 mail.*\n.*\n.* correction .* until 14:00 GMT\+2 on .*\n.* correction .* never\n/,
    )
    expect(text).not.toContain('9999')
  })

  it('keeps its exact times on a terminal that is wide enough', () => {
    const text = dryRunTable(dryRun(), null)
    expect(dryRunTable(dryRun(), widest(text))).toBe(text)
    expect(dryRunTable(dryRun(), widest(text) - 1)).not.toBe(text)
  })

  it('keeps its columns in line however long it is', () => {
    const emails = Array.from({ length: 600 }, (_, index) =>
      mail({ accountId: `acc_${String(index).padStart(3, '0')}`, accountName: 'A'.repeat(1 + (index % 30)) }),
    )
    const rows = dryRunTable(dryRun({ emails }), null)
      .split('\n')
      .filter((each) => each.includes('P30D'))
    expect(rows).toHaveLength(600)
    expect(new Set(rows.map((row) => row.indexOf('P30D'))).size).toBe(1)
    expect(new Set(rows.map((row) => row.indexOf('until'))).size).toBe(1)
  })

  it.each([120, 100, 80])('fits into %i columns, with every amount in full', (columns) => {
    const emails = [
      mail(),
      mail({ accountId: 'acc_2', accountName: '株式会社サンプル東京支店営業部', to: 'zoë@exämple.de' }),
      mail({ accountId: 'acc_3', lines: [line({ unit: 'minutes of computing', amount: '12.5' })] }),
    ]
    const skip = {
      grantId: 'cg_2',
      accountId: 'acc_1',
      expiresAt: null,
      reason: 'address-limit',
      detail: null,
    } as const
    const skipped = [skip]
    const text = dryRunTable(dryRun({ emails, skipped }), columns)
    expect(widest(text)).toBeLessThanOrEqual(columns)
    for (const whole of ['$1,234,567.89', '12.5 minutes of computing', 'P30D', 'Jun 30, 2026', 'last day']) {
      expect(text).toContain(whole)
    }
    expect(text).not.toMatch(/ $/m)
    expect(text.replace(/\s+/g, ' ')).toContain('maxEmailsPerAddressPerDay; a later sweep tells it')
  })

  it('rather grows beyond a very narrow terminal than to cut an amount', () => {
    expect(dryRunTable(dryRun(), 20)).toContain('$1,234,567.89')
  })

  it('lets no unit drive the terminal', () => {
    const text = dryRunTable(dryRun({ emails: [mail({ lines: [line({ unit: 'cr\u001b[31mRED' })] })] }), null)
    expect(text).toContain('cr\ufffd[31mRED')
    expect(text).not.toContain('\u001b')
  })
})
