import { expect, test } from 'vitest'
import { openForDelivery } from '../../src/compose.ts'
import { slotSweeps } from '../../src/jobs/slot-sweeps.ts'
import { insertDueCrowd } from '../support/company.ts'
import { openProgram } from '../support/program.ts'

/** What a dead man's switch hears of sweeps that end one after the other. */
test('A sweep that is held did its work, and is good; one that fails, or that was made before, is not', async () => {
  await using program = await openProgram({ rules: { maxEmailsPerSweep: 1 } })
  const { sql } = program.database
  await insertDueCrowd(program, 2)
  await using setting = await openForDelivery('start', program.env)
  const heard: string[] = []
  const sweeps = slotSweeps(setting, { good: () => heard.push('good'), ended: () => heard.push('ended') })

  await sweeps.sweepSlot('2026-05-25T09:00:00Z')
  expect(await sql('SELECT id, state FROM reminders.sweeps')).toEqual([{ id: '2026-05-25T09:00:00Z', state: 'held' }])
  expect(heard.splice(0)).toEqual(['good', 'ended'])

  await sweeps.sweepSlot('2026-05-25T09:00:00Z')
  expect(heard.splice(0)).toEqual(['ended'])

  await sql('ALTER TABLE billing.credit_grants RENAME TO credit_grants_away')
  await expect(sweeps.sweepSlot('2026-05-25T09:15:00Z')).rejects.toThrow()
  expect(heard.splice(0)).toEqual(['ended'])
  expect(sweeps.fault()).not.toBeNull()

  await sql('ALTER TABLE billing.credit_grants_away RENAME TO credit_grants')
  await sweeps.sweepSlot('2026-05-25T09:15:00Z')
  expect(heard).toEqual(['good', 'ended'])
  expect([sweeps.fault(), sweeps.counts()]).toEqual([null, { planned: 1, held: 1, failed: 1 }])
})
