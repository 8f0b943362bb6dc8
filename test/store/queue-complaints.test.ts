import { expect, test } from 'vitest'
import { complaintsTo } from '../../src/store/queue-complaints.ts'

/** What a log holds after complaints. */
function logged(...complaints: readonly unknown[]): readonly unknown[] {
  const lines: unknown[] = []
  const complain = complaintsTo({ error: (line: unknown) => void lines.push(line) })
  for (const complaint of complaints) complain(complaint)
  return lines
}

const ofWorker = (worker: number, message: string) => new Error(`${message} (Queue: deliver, Worker: ${worker})`)

test('what every worker says is written once, without who said it', () => {
  const refused = [1, 2, 3].map((worker) =>
    Object.assign(ofWorker(worker, 'connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  )
  expect(logged(...refused)).toEqual([
    {
      err: {
        name: 'DependencyError',
        message: 'the database cannot be reached: connect ECONNREFUSED; start it, or set DATABASE_URL right',
      },
    },
  ])
})

test('what is new is written, also where no error says it', () => {
  const said = logged(ofWorker(1, 'one'), { message: 'two', stack: 'at some.ts' }, ofWorker(2, 'one'), 'three')
  expect(said).toEqual(['one', 'two', 'three'].map((message) => ({ err: expect.objectContaining({ message }) })))
})

test('what a multitude of complaints say is not remembered for ever', () => {
  const complaints = Array.from({ length: 150 }, (_, index) => new Error(`row ${index}`))
  expect(logged(...complaints, complaints[0], complaints[149])).toHaveLength(151)
})
