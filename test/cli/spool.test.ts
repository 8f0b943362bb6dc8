import { tmpdir } from 'node:os'
import { afterEach, expect, it } from 'vitest'
import { Spool } from '../../src/cli/spool.ts'
import { UsageError } from '../../src/errors.ts'

const folder = tmpdir()
afterEach(() => {
  process.env.TMPDIR = folder
})

it('gives back what it was given, also where a piece ends within a character', () => {
  using spool = new Spool()
  const lines = ['first', '€'.repeat(1_500_000), '', 'last']
  for (const line of lines) spool.add(line)
  expect(spool.lines).toBe(4)
  expect([...spool.pieces()].join('') === `${lines.join('\n')}\n`).toBe(true)
})

it('of nothing gives nothing', () => {
  using spool = new Spool()
  expect([...spool.pieces()]).toEqual([])
})

it('says in a line where there is no room for it', () => {
  process.env.TMPDIR = '/there/is/no/such/folder'
  expect(() => new Spool()).toThrow(UsageError)
  expect(() => new Spool()).toThrow(
    '/there/is/no/such/folder, cannot be written (ENOENT); let TMPDIR name one that can',
  )
})
