import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageFolder } from '../../src/paths.ts'
import { deployFolder, expectCommand, expectSettingsButSecret, readDeploy } from '../support/deploy.ts'
import { isThere } from '../support/is-there.ts'

const units = (await readdir(join(deployFolder, 'systemd'))).filter((name) => /\.(service|timer)$/.test(name))
const services = units.filter((name) => name.endsWith('.service'))
const PROGRAM = '/opt/credit-reminders/node_modules/.bin/credit-reminders'

/** As systemd reads a line: NAME=value, perhaps in quotes. */
const assignments = (lines: string) =>
  Object.fromEntries(
    [...lines.matchAll(/(?<=^|\s)([A-Z_]+)=("[^"]*"|\S+)/gm)].map(([, name, value = '']) => [
      name,
      value.replace(/^"|"$/g, ''),
    ]),
  )

test('the examples of settings are all that the services need, and exist', async () => {
  const file = assignments((await readDeploy('systemd/environment.example')).replace(/^#.*/gm, ''))
  for (const unit of services) {
    const [, own = ''] = /^Environment=(.*)$/m.exec(await readDeploy(`systemd/${unit}`)) ?? []
    expectSettingsButSecret({ ...file, ...assignments(own) })
    // A command by hand has that file and not the unit: it goes by the same rules.
    expect(Object.keys(assignments(own))).toEqual(['LOG_FORMAT'])
  }
})

test.each(services)('%s runs a command that exists, and stops it with one signal and with patience', async (unit) => {
  const text = await readDeploy(`systemd/${unit}`)
  const [, words = ''] = new RegExp(`^ExecStart=${PROGRAM} (.*)$`, 'm').exec(text) ?? []
  expectCommand(words.split(' '))
  expect(text).toMatch(/^KillMode=mixed$/m)
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(50)
})

test('the timer starts the service of its name, which is one of a single run', async () => {
  const timer = units.find((name) => name.endsWith('.timer'))?.replace('.timer', '.service') ?? ''
  expect(await readDeploy(`systemd/${timer}`)).toMatch(/^Type=oneshot$/m)
})

describe.skipIf(!isThere('systemd-analyze'))('systemd-analyze (skipped where there is none)', () => {
  async function analyze(...args: string[]) {
    const folder = await mkdtemp(join(tmpdir(), 'units-'))
    try {
      await cp(join(deployFolder, 'systemd'), folder, { recursive: true })
      // It looks whether what is started is there.
      for (const unit of services) {
        const text = await readDeploy(`systemd/${unit}`)
        await writeFile(join(folder, unit), text.replace(PROGRAM, join(packageFolder, 'bin/credit-reminders.js')))
      }
      return spawnSync(
        'systemd-analyze',
        args.map((arg) => arg.replace('FOLDER', folder)),
        { encoding: 'utf8' },
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('finds no fault in the units', async () => {
    const { status, stderr } = await analyze('verify', ...units.map((unit) => `FOLDER/${unit}`))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test('calls the services well protected', async () => {
    // From 0, nothing can be done by it, to 10, everything; of 2 and less it says OK.
    const { status, stdout } = await analyze(
      'security',
      '--offline=true',
      '--threshold=20',
      ...services.map((unit) => `FOLDER/${unit}`),
    )
    expect(status, stdout).toBe(0)
  })
})
