import ICAL from 'ical.js'
import { describe, expect, test } from 'vitest'
import { insertGrant } from '../support/billing.ts'
import { calendarFilesOf } from '../support/calendar-files.ts'
import { insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'
import type { SinkMail } from '../support/smtp-sink.ts'

const POLICY = { warnBefore: ['P7D', 'P1D'], calendar: true }
const RULES = { policies: { purchased: POLICY } }

/** An entry as a calendar program reads it. */
type Entry = Readonly<{ method: string; uid: string; sequence: number; ends: string; status: string; summary: string }>

function entriesOf(mail: SinkMail | undefined): readonly Entry[] {
  return calendarFilesOf(mail?.raw ?? Buffer.alloc(0)).flatMap(({ method, content }) => {
    expect(content).toMatch(/\r\nEND:VCALENDAR\r\n$/)
    const calendar = new ICAL.Component(ICAL.parse(content))
    expect(calendar.getFirstPropertyValue('method')).toBe(method.toLowerCase() === 'publish' ? 'PUBLISH' : 'CANCEL')
    return calendar.getAllSubcomponents('vevent').map((event): Entry => {
      const text = (name: string) => String(event.getFirstPropertyValue(name))
      expect(text('organizer')).toBe('mailto:billing@acme.example')
      expect(event.getAllProperties('attendee')).toEqual([])
      return {
        method,
        uid: text('uid'),
        sequence: Number(text('sequence')),
        ends: text('dtend'),
        status: text('status'),
        summary: text('summary'),
      }
    })
  })
}

/** The entries of the mails that a run sends. */
async function sentAt(program: Program, instant: string, env: Readonly<Record<string, string>> = {}) {
  const before = program.sink.mails.length
  expect((await program.runAt(instant, { env })).unfinished).toBe(0)
  return program.sink.mails.slice(before).map(entriesOf)
}

const change = ({ database }: Program, set: string, grantId = 'cg_ana') =>
  database.sql(`UPDATE billing.credit_grants SET ${set} WHERE id = $1`, [grantId])

describe.concurrent('A calendar file', () => {
  test('follows credits through their life: warned of, moved, moved again, gone', async () => {
    await using program = await openProgram({ rules: RULES })
    await insertCustomer(program.database.sql, 'ana')
    const [[warned] = []] = await sentAt(program, '2026-05-25T12:00:00Z')
    expect(warned).toMatchObject({
      method: 'PUBLISH',
      sequence: 0,
      ends: '2026-06-01T12:00:00Z',
      status: 'CONFIRMED',
      summary: '$18.00 in credits will expire',
    })
    await change(program, `expires_at = '2026-12-01 12:00Z'`)
    // The secret of links may be another meanwhile, and so may the sender's name: it is the same entry.
    const renewed = { LINK_SECRET: 'another-link-secret-of-the-tests', MAIL_FROM: 'Acme <billing@acme.example>' }
    const [[moved] = []] = await sentAt(program, '2026-05-26T12:00:00Z', renewed)
    expect(moved).toMatchObject({ method: 'PUBLISH', uid: warned?.uid, sequence: 2, ends: '2026-12-01T12:00:00Z' })
    const [[last] = []] = await sentAt(program, '2026-11-30T12:00:00Z')
    expect(last).toMatchObject({ method: 'PUBLISH', uid: warned?.uid, sequence: 4, ends: '2026-12-01T12:00:00Z' })
    const [[gone] = []] = await sentAt(program, '2026-12-01T13:00:00Z')
    expect(gone).toMatchObject({ method: 'CANCEL', uid: warned?.uid, sequence: 6, status: 'CANCELLED' })
  })

  test('says the same at the second try of a mail as at the first', async () => {
    await using program = await openProgram({ rules: RULES })
    await insertCustomer(program.database.sql, 'ana')
    program.sink.answer({ stage: 'final', reply: '451 4.3.0 later', times: 1 })
    await program.runAt('2026-05-25T12:00:00Z')
    await program.runAt('2026-05-25T18:00:00Z')
    const files = program.sink.mails.flatMap(entriesOf)
    expect(new Set(files.map(({ uid, sequence }) => `${uid} ${sequence}`))).toEqual(new Set([`${files[0]?.uid} 0`]))
    const [again] = await sentAt(program, '2026-05-31T12:00:00Z')
    expect(again).toMatchObject([{ uid: files[0]?.uid, sequence: 2 }])
  })

  test('is cancelled by a correction to never', async () => {
    await using program = await openProgram({ rules: RULES })
    await insertCustomer(program.database.sql, 'ana')
    const [[warned] = []] = await sentAt(program, '2026-05-25T12:00:00Z')
    await change(program, `expires_at = 'infinity'`)
    expect(await sentAt(program, '2026-05-26T12:00:00Z')).toMatchObject([
      [{ method: 'CANCEL', uid: warned?.uid, sequence: 2, ends: '2026-06-01T12:00:00Z' }],
    ])
  })

  test('takes along the end of what was used up meanwhile, which is worth no mail of its own', async () => {
    await using program = await openProgram({ rules: RULES })
    const { sql } = program.database
    await insertCustomer(sql, 'ana')
    const [[warned] = []] = await sentAt(program, '2026-05-25T12:00:00Z')
    await change(program, 'remaining = 0')
    expect(await sentAt(program, '2026-05-31T12:00:00Z')).toEqual([])
    await insertGrant(sql, { id: 'cg_more', accountId: 'acc_ana', name: 'More', expiresAt: '2026-06-07T12:00:00Z' })
    const [entries] = await sentAt(program, '2026-05-31T13:00:00Z')
    expect(entries).toMatchObject([
      { method: 'PUBLISH', sequence: 0, ends: '2026-06-07T12:00:00Z' },
      { method: 'CANCEL', uid: warned?.uid, sequence: 1, summary: 'Pack of ana' },
    ])
    expect(entries?.[0]?.uid).not.toBe(warned?.uid)
  })

  test('comes only where the policy asks for one', async () => {
    await using program = await openProgram({
      rules: { policies: { purchased: POLICY, other: { warnBefore: ['P7D'] } } },
    })
    const { sql } = program.database
    await insertCustomer(sql, 'ana', { grant: { kind: 'other' } })
    await insertGrant(sql, { id: 'cg_more', accountId: 'acc_ana', name: 'More', expiresAt: '2026-06-01T14:00:00Z' })
    const [entries] = await sentAt(program, '2026-05-25T14:00:00Z')
    expect(entries).toMatchObject([{ ends: '2026-06-01T14:00:00Z' }])
    expect((await program.sink.mails[0]?.parsed())?.text).toContain('Pack of ana')
  })
})
