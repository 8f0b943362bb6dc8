import { describe, expect, it } from 'vitest'
import { reasonToHold } from '../../src/domain/guard.ts'
import { someRules } from './builders.ts'

describe('a sweep', () => {
  const rules = someRules({ maxEmailsPerSweep: 100 })

  it('goes out with exactly maxEmailsPerSweep mails', () => {
    expect(reasonToHold({ emails: 0 }, rules)).toBeNull()
    expect(reasonToHold({ emails: 100 }, rules)).toBeNull()
  })

  it('is held with one more, and says how many there are', () => {
    expect(reasonToHold({ emails: 101 }, rules)).toBe('101 mails planned, more than maxEmailsPerSweep (100)')
  })
})
