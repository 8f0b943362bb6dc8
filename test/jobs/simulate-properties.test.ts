import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, expect, test } from 'vitest'
import { openForDelivery } from '../../src/compose.ts'
import type { SimulatedMail } from '../../src/domain/simulation.ts'
import { noProgress } from '../../src/jobs/progress.ts'
import { type RunOutcome, runOnce } from '../../src/jobs/run.ts'
import { timetableOf } from '../../src/jobs/timetable.ts'
import { DAY_MS, file, rules } from '../domain/arbitraries.ts'
import { makeUsage, makeWorld } from '../support/generated-world.ts'
import { openProgram } from '../support/program.ts'
import { simulateIn } from '../support/simulation.ts'

const SEED = 20_261_125
/** Each run of the program costs: so few worlds, with many accounts each. */
const WORLDS = 2
const ACCOUNTS = 60
const SLOTS = 5
/** A busy machine may take long over many worlds, which is no failure. */
const TIMEOUT_MS = 10 * 60_000

const program = await openProgram()
const { sql } = program.database
afterAll(() => program[Symbol.asyncDispose]())

const START_MS = Date.UTC(2026, 3, 4)

const WAITING = { refused: 8, maxEmailsPerSweep: 5000 }
const HELD = { refused: 0, maxEmailsPerSweep: 5 }
let worlds = 0

const world = fc.record({
  files: fc.array(file, { minLength: ACCOUNTS, maxLength: ACCOUNTS }),
  rules,
  schedule: fc.constantFrom('0 9 * * *', '30 7,19 * * *', '0 */8 * * *'),
  firstRunHours: fc.integer({ min: 1, max: 30 }),
  usage: fc.array(fc.constantFrom(null, '0', '0.3', '6', '1000000000000'), {
    minLength: ACCOUNTS,
    maxLength: ACCOUNTS,
  }),
  // What happens to a fifth of all grants after that run.
  changes: fc.array(
    fc.record({
      fifth: fc.nat(4),
      what: fc.constantFrom(
        'remaining = remaining / 4',
        `expires_at = expires_at + interval '36 hours'`,
        `expires_at = expires_at + interval '90 days'`,
        `expires_at = expires_at - interval '9 days'`,
        `expires_at = 'infinity'`,
        `effective_at = '2026-04-06T10:00:00Z'`,
      ),
    }),
    { minLength: 3, maxLength: 5 },
  ),
})

test(
  'what a simulation lists, the program sends that is run at each of its slots, day by day',
  async () => {
    const seen = { mails: 0, corrections: 0, waited: 0, held: 0 }
    await fc.assert(
      fc.asyncProperty(world, async ({ files, usage, firstRunHours, changes, ...generated }) => {
        // Of the run before the period some mails still wait; or none does, and a guard holds what comes.
        const { refused, maxEmailsPerSweep } = worlds++ % 2 === 0 ? WAITING : HELD
        const rules = { ...generated.rules, schedule: generated.schedule, maxEmailsPerSweep, maxGrowth: null }
        await makeWorld(program, files, rules)
        await makeUsage(program, usage)
        const refusal = { stage: 'rcpt', reply: '450 4.2.1 later', times: refused } as const
        const takeAll = refused === 0 ? null : program.sink.answer(refusal)
        await using setting = await openForDelivery('run', program.env)
        await runAt(setting, new Date(START_MS - firstRunHours * (DAY_MS / 24)))
        takeAll?.()
        for (const { fifth, what } of changes) {
          await sql(`UPDATE billing.credit_grants SET ${what} WHERE get_byte(sha256(id::bytea), 0) % 5 = $1`, [fifth])
        }
        const slots = slotsFrom(generated.schedule)
        const period = { from: new Date(START_MS).toISOString(), to: new Date(Number(slots.at(-1)) + 1).toISOString() }
        const { mails, result } = await simulateIn(program.env, period)

        const foreseen = await program.dryRunAt(String(slots[0]?.toISOString()))
        expect(mails.filter(({ at }) => Number(at) === Number(slots[0])).length).toBe(foreseen.emails.length)
        const held: string[] = []
        for (const slot of slots) held.push(...(await runAt(setting, slot)))
        expect(mails.map(inShort).toSorted()).toEqual((await triedSince(period.from)).toSorted())
        expect(result.period.held.map(({ at, because }) => `${at.toISOString()} ${because}`)).toEqual(held)
        expect(result.period.totals.emails).toBe(mails.length)
        seen.mails += mails.length
        seen.corrections += mails.filter(({ category }) => category === 'correction').length
        seen.waited += mails.filter(({ waited }) => waited).length
        seen.held += held.length
      }),
      { seed: SEED, numRuns: WORLDS, endOnFailure: true },
    )
    // Else the worlds were too poor to show anything.
    expect(seen.mails).toBeGreaterThan(15 * WORLDS)
    expect(Math.min(seen.corrections, seen.waited, seen.held)).toBeGreaterThan(0)
  },
  TIMEOUT_MS,
)

function slotsFrom(schedule: string): readonly Date[] {
  const timetable = timetableOf(schedule)
  const slots: Date[] = []
  for (let ms = START_MS; slots.length < SLOTS; ms = Number(slots.at(-1)) + 1) {
    const slot = timetable.from(new Date(ms))
    if (slot === null) throw new Error('the schedule has come to its end')
    slots.push(slot)
  }
  return slots
}

type Setting = Awaited<ReturnType<typeof openForDelivery>>

/** One run; a sweep that is held is approved at once, and delivered by another run at the same time. */
async function runAt(setting: Setting, now: Date): Promise<readonly string[]> {
  const { sweep } = await run(setting, now)
  if (sweep.heldBecause === null) return []
  await program.approve(sweep.id)
  await run(setting, now)
  return [`${now.toISOString()} ${sweep.heldBecause}`]
}

/** Composed once for all runs of a world: to compose costs the most of it. */
function run(setting: Setting, now: Date): Promise<RunOutcome> {
  const order = { id: `run-${uuidv7()}`, asOf: now, signal: new AbortController().signal }
  return runOnce({ ...setting, openProgress: noProgress }, order)
}

/** Every mail that was handed to the server since, and when. */
async function triedSince(from: string): Promise<readonly string[]> {
  const tried = await sql<{ id: string; at: Date }>(
    'SELECT mail_id AS id, at FROM reminders.attempts WHERE at >= $1::timestamptz',
    [from],
  )
  const lists = tried.map(async ({ id, at }) => {
    const mails = await program.ledgerMails({ ids: [id] })
    return mails.map(({ account, contact, category, to, locale, timeZone, grants }) =>
      JSON.stringify([at.toISOString(), account, contact, category, to, locale, timeZone, grants]),
    )
  })
  return (await Promise.all(lists)).flat()
}

/** In the words of the ledger. */
function inShort({ at, accountId, contactId, category, to, locale, timeZone, lines }: SimulatedMail): string {
  const grants = lines.map(({ grantId: id, stage, expiresAt, unit, amount: remaining }) => {
    const isNever = expiresAt.getUTCFullYear() === 9999
    return { id, stage, expiresAt: isNever ? null : expiresAt.toISOString(), unit, remaining }
  })
  return JSON.stringify([at.toISOString(), accountId, contactId, category, to, locale, timeZone, grants])
}
