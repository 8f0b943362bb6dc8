import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { foundCompany } from '../support/company.ts'

const company = await foundCompany()
const folder = await mkdtemp(join(tmpdir(), 'policies-'))
afterAll(async () => {
  await company[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const PERIOD = ['--from', '2027-01-01T00:00:00Z', '--to', '2027-02-01T00:00:00Z']
const faulty = join(folder, 'faulty.yaml')
const latin = join(folder, 'latin.yaml')
await writeFile(faulty, 'timeZone: UTC\npolicies:\n  purchased: { warnBefor: [P7D] }\n')
await writeFile(latin, Buffer.from('timeZone: UTC\nbillingUrl: https://example.com/K\xe4ufe\n', 'latin1'))

const CASES: readonly [args: readonly string[], fault: string][] = [
  [
    ['--from', '2027-02-01T00:00:00Z', '--to', '2027-01-01T00:00:00Z'],
    '--to 2027-01-01T00:00:00.000Z is not after --from 2027-02-01T00:00:00.000Z; name a later one',
  ],
  [['--to', '2020-01-01T00:00:00Z'], '--to 2020-01-01T00:00:00.000Z is not after now ('],
  [
    ['--from', '2027-01-01', '--to', '2027-02-01T00:00:00Z'],
    '--from 2027-01-01 has no zone; write the time with an offset or Z, e.g. 2027-01-01T09:00:00Z',
  ],
  [
    ['--from', '2027-01-01T00:00:00Z', '--to', '2027-13-01T00:00:00Z'],
    '--to 2027-13-01T00:00:00Z names a time that does not exist',
  ],
  [
    [...PERIOD, '--policy', join(folder, 'none.yaml')],
    `--policy names ${join(folder, 'none.yaml')}, which does not exist`,
  ],
  [[...PERIOD, '--policy', faulty], `${faulty}:3:16: policies.purchased.warnBefor: unknown setting`],
  [[...PERIOD, '--compare', latin], `${latin}:2: is not UTF-8 text; save the file as UTF-8`],
]

test('what cannot be simulated is refused with a line that says why, and nothing is printed', async () => {
  const results = await Promise.all(CASES.map(([args]) => runCli(['simulate', ...args], company.env)))
  for (const [index, { code, stdout, stderr }] of results.entries()) {
    const fault = CASES[index]?.[1] ?? ''
    expect([code, stdout, stderr.trimEnd().split('\n').length, stderr.slice(0, fault.length)]).toEqual([
      2,
      '',
      1,
      fault,
    ])
  }
})
