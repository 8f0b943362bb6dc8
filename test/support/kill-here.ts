import { Socket } from 'node:net'
import pg from 'pg'
import type { KillPoint } from './kill-points.ts'

// Loaded into the real program before its own code (NODE_OPTIONS=--import), so that no line of that code knows of it:
// it watches what the program says to its database and its mail server, and ends the process at the point that is
// named, the nth time that it is reached.

const { KILL_POINT: wanted, KILL_NTH: nth = '1' } = process.env
let left = Number(nth)

function reach(point: KillPoint): void {
  if (point !== wanted) return
  left -= 1
  if (left === 0) die()
}

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

/** A statement that tells where the program is: before it is sent, when its answer is there unread, or when that has been read. */
type Landmark = Readonly<{
  point: KillPoint
  statement: RegExp
  at: 'before' | 'unread' | 'answered'
  /** Whether its values are those that are meant. */
  with?: (values: readonly unknown[]) => boolean
}>

const CLAIM = /UPDATE reminders\.mails m\s+SET state = 'sending'/

const LANDMARKS: readonly Landmark[] = [
  { point: 'mid-sweep', statement: /INSERT INTO reminders\.notices\b/, at: 'before' },
  // The scheduler puts sweeps in the queue; a sweep, batches.
  {
    point: 'between-ledger-and-queue',
    statement: /INSERT INTO (?:"?pgboss"?\.)/,
    at: 'before',
    with: (values) => JSON.stringify(values).includes('mailIds'),
  },
  { point: 'before-claim', statement: CLAIM, at: 'before' },
  // Read to its end: a long answer begins before it is committed.
  { point: 'after-claim', statement: CLAIM, at: 'answered' },
  {
    point: 'mid-group-write',
    statement: /WITH written AS/,
    at: 'unread',
    // It also marks what leaves, without any result.
    with: ([results]) => results !== '[]',
  },
  { point: 'mid-migration', statement: /CREATE TABLE "reminders"|ALTER TABLE "reminders"/, at: 'unread' },
]

type Query = Readonly<{ text?: string; values?: readonly unknown[] }> | string
type Queryable = { query: (...args: unknown[]) => unknown; connection?: { stream: Socket } }

/** Sockets of the database on which the next answer ends the process. */
const fatal = new WeakMap<Socket, KillPoint>()

const client = pg.Client.prototype as unknown as Queryable
const query = client.query
client.query = function (this: Queryable, ...args: unknown[]) {
  const [first, second] = args as [Query, unknown]
  const text = typeof first === 'string' ? first : (first?.text ?? '')
  const values = (typeof first === 'string' ? second : first?.values) ?? []
  const landmark = LANDMARKS.find(
    ({ point, statement, with: isMeant = () => true }) =>
      point === wanted && statement.test(text) && isMeant(Array.isArray(values) ? values : []),
  )
  if (landmark?.at === 'before') reach(landmark.point)
  if (landmark?.at === 'unread' && this.connection !== undefined) fatal.set(this.connection.stream, landmark.point)
  if (landmark?.at !== 'answered') return query.apply(this, args)
  // A pool asks with a callback, a transaction with a promise.
  const callback = args.at(-1)
  if (typeof callback === 'function') return query.apply(this, [...args.slice(0, -1), () => reach(landmark.point)])
  const result = query.apply(this, args)
  void (result as Promise<unknown>).then(() => reach(landmark.point)).catch(() => {})
  return result
}

/** What a connection to the mail server is about. */
type Stage = 'envelope' | 'data' | 'final'

const stages = new WeakMap<Socket, Stage>()
const write = Socket.prototype.write as (this: Socket, ...args: unknown[]) => boolean
Socket.prototype.write = function (this: Socket, ...args: unknown[]) {
  const [chunk] = args
  const text = chunk instanceof Uint8Array ? Buffer.from(chunk).toString('latin1') : String(chunk)
  const stage = stages.get(this)
  if (text.startsWith('MAIL FROM:')) {
    stages.set(this, 'envelope')
    reach('after-rendering')
  } else if (stage === 'envelope' && text === 'DATA\r\n') {
    stages.set(this, 'data')
  } else if (stage === 'data' && /^(?:RSET|QUIT|NOOP)\r\n$/.test(text)) {
    stages.delete(this)
  } else if (stage === 'data') {
    if (wanted === 'mid-data' && left === 1 && text.length > 5) {
      return write.call(this, text.slice(0, text.length / 2), 'latin1', () => reach('mid-data'))
    }
    if (text.length > 5) reach('mid-data')
    if (/(?:^|\r\n)\.\r\n$/.test(text)) stages.set(this, 'final')
  }
  return write.apply(this, args)
} as typeof Socket.prototype.write

const emit = Socket.prototype.emit as (this: Socket, ...args: unknown[]) => boolean
Socket.prototype.emit = function (this: Socket, ...args: unknown[]) {
  const [event, chunk] = args
  if (event === 'data') {
    const point = fatal.get(this)
    if (point !== undefined) {
      fatal.delete(this)
      reach(point)
    }
    if (stages.get(this) === 'final') {
      stages.delete(this)
      if (String(chunk).startsWith('250')) reach('after-250')
    }
  }
  return emit.apply(this, args)
} as typeof Socket.prototype.emit
