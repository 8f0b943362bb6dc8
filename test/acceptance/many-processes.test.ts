import { describe, expect, test } from 'vitest'
import { notesOf, runCli, startCli } from '../support/cli.ts'
import { AS_OF, type Company, crowdAddresses, foundCompany, insertWarnedCrowd } from '../support/company.ts'
import { eventually } from '../support/eventually.ts'
import type { SinkMail } from '../support/smtp-sink.ts'

const addressesAtSink = ({ sink }: Company) => sink.mails.flatMap(({ envelope }) => envelope.to).toSorted()

const statesInLedger = ({ database }: Company) =>
  database.sql('SELECT state, uncertain, count(*)::int AS mails FROM reminders.mails GROUP BY 1, 2 ORDER BY 1, 2')

describe.concurrent('several processes', () => {
  test('When three run the same sweep at once, each mail is sent once, and the ledger agrees', async () => {
    const mails = 300
    await using company = await foundCompany()
    await insertWarnedCrowd(company, mails)
    const results = await Promise.all([1, 2, 3].map(() => runCli(['run', '--as-of', AS_OF], company.env)))
    for (const result of results) expect([result.code, notesOf(result)]).toEqual([0, ''])
    expect(addressesAtSink(company)).toEqual(crowdAddresses(mails))
    expect(await statesInLedger(company)).toEqual([{ state: 'sent', uncertain: false, mails }])
    const delivered = results.map(({ stdout }) => Number(/(?<=delivered )\d+/.exec(stdout)?.[0]))
    expect(delivered.reduce((sum, each) => sum + each, 0)).toBe(mails)
    const planned = results.map(({ stdout }) => Number(/\d+(?= mails planned)/.exec(stdout)?.[0]))
    expect(planned.toSorted((a, b) => a - b)).toEqual([0, 0, mails])
  })

  test('When a run is killed in the middle, the next tells everyone; only what was in flight goes out twice', async () => {
    const mails = 150
    await using company = await foundCompany()
    const inFlight = await killInMidBatch(company, mails)

    const next = await runCli(['run', '--as-of', AS_OF], company.env)
    expect(next.code).toBe(0)
    expect(next.stdout).toContain(`uncertain and sent again ${inFlight.size}`)
    expect(await statesInLedger(company)).toEqual([
      { state: 'sent', uncertain: false, mails: mails - inFlight.size },
      { state: 'sent', uncertain: true, mails: inFlight.size },
    ])
    const copies = Map.groupBy(company.sink.mails, ({ envelope }) => envelope.to[0] ?? '')
    expect([...copies.keys()].toSorted()).toEqual(crowdAddresses(mails))
    for (const [address, ofAddress] of copies) {
      expect(ofAddress.length, address).toBeLessThanOrEqual(inFlight.has(address) ? 2 : 1)
      expect(new Set(ofAddress.map(messageIdOf)).size, address).toBe(1)
    }
  })

  test('When it is to hold what is uncertain, nothing goes out twice, and the next run says that a person has to look', async () => {
    const mails = 50
    await using company = await foundCompany({ rules: { onUncertain: 'hold' } })
    const inFlight = await killInMidBatch(company, mails)

    const next = await runCli(['run', '--as-of', AS_OF], company.env)
    expect(next.code).toBe(1)
    expect(notesOf(next)).toBe(`failed mails: ${inFlight.size}; "status" tells what mends them\n`)
    expect(await statesInLedger(company)).toEqual(
      [
        { state: 'failed', uncertain: true, mails: inFlight.size },
        { state: 'sent', uncertain: false, mails: mails - inFlight.size },
      ].filter((states) => states.mails > 0),
    )
    const addresses = company.sink.mails.flatMap(({ envelope }) => envelope.to)
    expect(new Set(addresses).size).toBe(addresses.length)
  })
})

/**
 * Starts a run whose mail server falls silent after some mails, and kills it then.
 *
 * @returns the addresses of the mails in its hands, of which nobody can know what became
 */
async function killInMidBatch(company: Company, mails: number): Promise<ReadonlySet<string>> {
  const { sink, database } = company
  await insertWarnedCrowd(company, mails)
  const accepted = 35
  const answerAgain = sink.answer({ stage: 'final', reply: 'silence', after: accepted })
  const run = startCli(['run', '--as-of', AS_OF], company.env)
  await eventually(() => expect(sink.mails).toHaveLength(accepted))
  run.process.kill('SIGKILL')
  expect((await run.result).code).toBeNull()
  answerAgain()
  const rows = await database.sql<{ address: string }>(
    `SELECT to_address AS address FROM reminders.mails WHERE handed_over_at IS NOT NULL`,
  )
  expect(rows.length).toBeGreaterThan(0)
  // Ten for each of its five connections, however many are waiting.
  expect(rows.length).toBeLessThanOrEqual(50)
  // As if it had been dead for a while.
  await database.sql(`UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '1 minute' WHERE state = 'active'`)
  return new Set(rows.map(({ address }) => address))
}

function messageIdOf({ raw }: SinkMail): string {
  return /^Message-ID: (.+)$/im.exec(raw.toString('latin1'))?.[1] ?? ''
}
