import { setTimeout } from 'node:timers/promises'
import { type CliResult, type RunningCli, startCli } from '../test/support/cli.ts'
import { KILL_POINTS, killedAt } from '../test/support/kill-points.ts'
import type { ChaosDatabase, DatabaseFault } from './database.ts'
import type { Dice } from './dice.ts'

/** A round of two workers is cut short after so long. */
const ROUND_MS = 9000
/** By then they have begun to work; at the earliest they are killed a little before. */
const FIRST_KILL_MS = 1200
const LAST_KILL_MS = 6000
const STOP_WITHIN_MS = 35_000

export type Stage = Readonly<{
  dice: Dice
  database: ChaosDatabase
  env: Readonly<Record<string, string>>
  say: (line: string) => void
}>

/** What a worker of a round is, and how it ends; where nothing is said, by itself. */
type Doom = Readonly<{
  name: string
  command: 'run' | 'start'
  env: Readonly<Record<string, string>>
  killAfterMs: number | null
  words: string
}>

/** Two workers at once, each killed at a random place or time, or not; a database that may fail beside them. */
export async function storm(
  stage: Stage,
  round: Readonly<{ number: number; asOf: Date }>,
): Promise<readonly CliResult[]> {
  const { database, say } = stage
  const dooms = [1, 2].map((worker) => doomOf(stage.dice, round.number, worker))
  const fault = faultOf(stage.dice, round.number)
  const beside = fault === null ? '' : `; the database: ${fault.kind} after ${fault.afterMs} ms`
  say(`round ${round.number}: ${dooms.map(({ words }) => words).join(', ')}${beside}`)
  const suffering = fault === null ? null : setTimeout(fault.afterMs).then(() => database.suffer(fault.kind))
  const results = await Promise.all(dooms.map((doom) => live(stage, doom, round.asOf)))
  await suffering
  await age(database)
  return results
}

/** As if nobody had looked for a while: the dead are then known to be dead. */
async function age({ sql }: ChaosDatabase): Promise<void> {
  await sql(`UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '1 minute' WHERE state = 'active'`)
}

function doomOf(dice: Dice, round: number, worker: number): Doom {
  const name = `${round}.${worker}`
  const command = dice.pick(['run', 'run', 'start'], 'command', round, worker)
  const way = dice.pick(['point', 'point', 'time', 'none'], 'way', round, worker)
  if (way === 'none') return { name, command, env: {}, killAfterMs: null, words: command }
  if (way === 'time') {
    const killAfterMs = dice.between(FIRST_KILL_MS, LAST_KILL_MS, 'time', round, worker)
    return { name, command, env: {}, killAfterMs, words: `${command} killed after ${killAfterMs} ms` }
  }
  const points = KILL_POINTS.filter((point) => point !== 'mid-migration') as unknown as typeof KILL_POINTS
  const point = dice.pick(points, 'point', round, worker)
  const isOfOneMail = ['after-rendering', 'mid-data', 'after-250'].includes(point)
  const nth = dice.between(1, isOfOneMail ? 60 : 3, 'nth', round, worker)
  return { name, command, env: killedAt(point, nth), killAfterMs: null, words: `${command} killed ${point} ${nth}` }
}

function faultOf(dice: Dice, round: number): Readonly<{ kind: DatabaseFault; afterMs: number }> | null {
  if (dice.happens(0.35, 'database', round)) return null
  const kind = dice.pick(['sessions-ended', 'sessions-ended', 'restart-fast', 'restart-immediate'], 'fault', round)
  return { kind, afterMs: dice.between(FIRST_KILL_MS, LAST_KILL_MS, 'fault time', round) }
}

/** A life of a worker. */
async function live({ env, dice, database, say }: Stage, doom: Doom, asOf: Date): Promise<CliResult> {
  const args = doom.command === 'run' ? ['run', '--as-of', asOf.toISOString()] : ['start']
  const worker = startCli(args, { ...env, ...doom.env })
  await Promise.race([worker.result, setTimeout(doom.killAfterMs ?? ROUND_MS)])
  say(`${doom.name} ${doom.words}: ${worker.process.exitCode ?? worker.process.signalCode ?? 'still at work'}`)
  // Whoever lives beside a dead one may be taken for dead as well: its heart missed some beats, or the line did.
  if (dice.happens(0.5, 'age', doom.name)) await age(database)
  const isKilled = doom.killAfterMs !== null || dice.happens(0.5, 'end', doom.name)
  return end(worker, isKilled ? 'SIGKILL' : 'SIGTERM')
}

/** Ends a worker that has not ended by itself; one that does not heed the signal within its time counts as hung. */
async function end(worker: RunningCli, signal: NodeJS.Signals): Promise<CliResult> {
  worker.process.kill(signal)
  const result = await Promise.race([worker.result, setTimeout(STOP_WITHIN_MS, null, { ref: false })])
  if (result !== null) return result
  worker.process.kill('SIGKILL')
  const { stderr, ...rest } = await worker.result
  return { ...rest, stderr: `${stderr}\ninternal fault: it did not stop within ${STOP_WITHIN_MS} ms` }
}
