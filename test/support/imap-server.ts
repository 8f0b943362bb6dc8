import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** What the server says instead of doing it; `close`: the line breaks, before it is done; `close-after`: when it is. */
export type ImapFault = 'silence' | 'close' | 'close-after' | `NO ${string}`

export type StoredMail = Readonly<{ uid: number; raw: Buffer; flags: Set<string>; arrivedAt: Date }>

/**
 * A mailbox on loopback that speaks as much of IMAP (RFC 3501, with MOVE of RFC 6851) as a client needs to find, read,
 * mark and move mails. How a real server behaves is shown elsewhere, against one.
 */
export type ImapServer = AsyncDisposable &
  Readonly<{
    port: number
    url: string
    /** Puts a mail into INBOX, as it came from the network: with CRLF or without. */
    deliver: (raw: string | Buffer, arrivedAt?: Date) => void
    folder: (name: string) => readonly StoredMail[]
    /** How many mails of INBOX are marked as read. */
    seen: () => number
    /** How often each command was given: `UID FETCH`. */
    commands: ReadonlyMap<string, number>
    /** Has the next such command fail; `times`, more of them. */
    fail: (command: string, fault: ImapFault, times?: number) => void
    /** INBOX gets other numbers, as after a restored backup. */
    renumber: () => void
  }>

const IMAP_USER = 'bounces'
export const IMAP_PASSWORD = 'im:ap/p@ss'

type State = {
  folders: Map<string, StoredMail[]>
  uidValidity: number
  nextUid: number
  commands: Map<string, number>
  faults: Map<string, { fault: ImapFault; times: number }>
  readOnly: boolean
}

export async function startImapServer(
  options: Readonly<{ folders?: readonly string[]; readOnly?: boolean }> = {},
): Promise<ImapServer> {
  const state: State = {
    folders: new Map(['INBOX', ...(options.folders ?? [])].map((name) => [name, []])),
    uidValidity: 1,
    nextUid: 1,
    commands: new Map(),
    faults: new Map(),
    readOnly: options.readOnly ?? false,
  }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A client that breaks the line is what tests are about.
    socket.on('error', () => {})
    serve(socket, state)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const folder = (name: string) => state.folders.get(name) ?? []
  return {
    port,
    url: `imap://${IMAP_USER}:${encodeURIComponent(IMAP_PASSWORD)}@127.0.0.1:${port}/INBOX`,
    deliver: (raw, arrivedAt = new Date()) => {
      const bytes = typeof raw === 'string' ? Buffer.from(raw.replace(/\r?\n/g, '\r\n')) : raw
      folder('INBOX').push({ uid: state.nextUid, raw: bytes, flags: new Set(), arrivedAt } as never)
      state.nextUid += 1
    },
    folder,
    seen: () => folder('INBOX').filter(({ flags }) => flags.has('\\Seen')).length,
    commands: state.commands,
    fail: (command, fault, times = 1) => void state.faults.set(command, { fault, times }),
    renumber: () => {
      state.uidValidity += 1
      const mails = folder('INBOX').map((mail, index) => ({ ...mail, uid: index + 1 }))
      state.folders.set('INBOX', mails)
      state.nextUid = mails.length + 1
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function serve(socket: Socket, state: State): void {
  const session = { selected: 'INBOX' }
  let pending = ''
  socket.write('* OK [CAPABILITY IMAP4rev1 MOVE] ready\r\n')
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    pending += chunk
    for (let end = pending.indexOf('\r\n'); end !== -1; end = pending.indexOf('\r\n')) {
      const line = pending.slice(0, end)
      pending = pending.slice(end + 2)
      answer(socket, line, session, state)
    }
  })
}

function answer(socket: Socket, line: string, session: { selected: string }, state: State): void {
  const [, tag = '*', name = '', rest = ''] = /^(\S+) ((?:UID )?\S+) ?(.*)$/i.exec(line) ?? []
  const command = name.toUpperCase()
  state.commands.set(command, (state.commands.get(command) ?? 0) + 1)
  const fault = faultFor(command, state)
  if (fault === 'silence') return
  if (fault === 'close') return void socket.destroy()
  if (fault?.startsWith('NO ')) return void socket.write(`${tag} ${fault}\r\n`)
  const { lines, result } = carryOut(command, rest, session, state)
  if (fault === 'close-after') return void socket.destroy()
  for (const each of lines) socket.write(Buffer.concat([Buffer.from('* '), Buffer.from(each), Buffer.from('\r\n')]))
  socket.write(`${tag} ${result}\r\n`)
  if (command === 'LOGOUT') socket.end()
}

function faultFor(command: string, { faults }: State): ImapFault | null {
  const found = faults.get(command)
  if (found === undefined || found.times <= 0) return null
  found.times -= 1
  return found.fault
}

type Answer = Readonly<{ lines: readonly (string | Buffer)[]; result: string }>

function carryOut(command: string, rest: string, session: { selected: string }, state: State): Answer {
  const done = (...lines: readonly (string | Buffer)[]): Answer => ({ lines, result: 'OK done' })
  const mails = state.folders.get(session.selected) ?? []
  switch (command) {
    case 'CAPABILITY':
      return done('CAPABILITY IMAP4rev1 MOVE')
    case 'LOGIN': {
      const isRight = rest === `"${IMAP_USER}" "${IMAP_PASSWORD}"`
      return isRight ? done() : { lines: [], result: 'NO [AUTHENTICATIONFAILED] wrong user or password' }
    }
    case 'LIST':
    case 'LSUB': {
      const pattern = unquoted(rest.replace(/^"" /, ''))
      // Without a pattern, the sign between the names is asked for (RFC 3501, 6.3.8).
      if (pattern === '') return done(`${command} (\\Noselect) "/" ""`)
      const names = [...state.folders.keys()].filter((folder) => folder === pattern)
      return done(...names.map((folder) => `${command} () "/" "${folder}"`))
    }
    case 'SELECT': {
      session.selected = unquoted(rest)
      const opened = state.folders.get(session.selected)
      if (opened === undefined) return { lines: [], result: 'NO [NONEXISTENT] no such mailbox' }
      return {
        lines: [
          `${opened.length} EXISTS`,
          '0 RECENT',
          'FLAGS (\\Seen)',
          `OK [UIDVALIDITY ${state.uidValidity}] .`,
          `OK [UIDNEXT ${state.nextUid}] .`,
        ],
        result: `OK [READ-${state.readOnly ? 'ONLY' : 'WRITE'}] done`,
      }
    }
    case 'STATUS': {
      const name = unquoted(rest.replace(/ \(.*$/, ''))
      const folder = state.folders.get(name)
      return folder === undefined
        ? { lines: [], result: 'NO [NONEXISTENT] no such mailbox' }
        : done(`STATUS "${name}" (MESSAGES ${folder.length})`)
    }
    case 'UID SEARCH': {
      const uids = mails
        .filter(({ uid, flags }) => !flags.has('\\Seen') && inSet(rest, uid, mails))
        .map(({ uid }) => uid)
      return done(['SEARCH', ...uids].join(' '))
    }
    case 'UID FETCH':
      return done(
        ...mails.flatMap((mail, index) => (inSet(rest, mail.uid, mails) ? [fetched(mail, index + 1, rest)] : [])),
      )
    case 'UID STORE':
      for (const { uid, flags } of mails) if (inSet(rest, uid, mails)) flags.add('\\Seen')
      return done()
    case 'UID MOVE': {
      const target = state.folders.get(unquoted(rest.replace(/^\S+ /, '')))
      if (target === undefined) return { lines: [], result: 'NO [TRYCREATE] no such mailbox' }
      const moving = mails.filter(({ uid }) => inSet(rest, uid, mails))
      target.push(...moving)
      const gone = moving.map((mail) => mails.indexOf(mail) + 1).toReversed()
      state.folders.set(
        session.selected,
        mails.filter((mail) => !moving.includes(mail)),
      )
      return done(...gone.map((number) => `${number} EXPUNGE`))
    }
    case 'LOGOUT':
      return done('BYE good-bye')
    default:
      return { lines: [], result: 'BAD unknown command' }
  }
}

/** The parts of a mail that were asked for: some fields of its header, or the beginning of all of it. */
function fetched({ uid, raw, flags, arrivedAt }: StoredMail, number: number, asked: string): Buffer {
  const start = `${number} FETCH (UID ${uid} FLAGS (${[...flags].join(' ')}) INTERNALDATE "${dateTime(arrivedAt)}"`
  const partial = /BODY\.PEEK\[\]<0\.(\d+)>/i.exec(asked)
  const [, names = ''] = /HEADER\.FIELDS \(([^)]*)\)/i.exec(asked) ?? []
  const content = partial === null ? headerFields(raw, names.split(' ')) : raw.subarray(0, Number(partial[1]))
  const name = partial === null ? `BODY[HEADER.FIELDS (${names})]` : 'BODY[]<0>'
  return Buffer.concat([Buffer.from(`${start} ${name} {${content.length}}\r\n`), content, Buffer.from(')')])
}

/** As RFC 3501, 9 writes it: `25-May-2026 12:00:00 +0000`. */
function dateTime(at: Date): string {
  const [, day, month, year, time] = at.toUTCString().split(' ')
  return `${day}-${month}-${year} ${time} +0000`
}

function headerFields(raw: Buffer, names: readonly string[]): Buffer {
  const [header = ''] = raw.toString('latin1').split('\r\n\r\n', 1)
  const wanted = names.map((name) => name.replaceAll('"', '').toLowerCase())
  const fields = header
    .split(/\r\n(?![ \t])/)
    .filter((field) => wanted.includes(field.split(':', 1)[0]?.toLowerCase() ?? ''))
  return Buffer.from(`${fields.map((field) => `${field}\r\n`).join('')}\r\n`, 'latin1')
}

/** Whether a number is in the first set of numbers that stands in a command: `1:3,7`, `12:*`. */
function inSet(text: string, uid: number, mails: readonly StoredMail[]): boolean {
  const [set = ''] = /(?:\d+|\*)(?::(?:\d+|\*))?(?:,[\d:*]+)*/.exec(text) ?? []
  const last = Math.max(0, ...mails.map((mail) => mail.uid))
  const numberOf = (end: string | undefined) => (end === '*' ? last : Number(end))
  return set.split(',').some((range) => {
    const [from, to = from] = range.split(':')
    const ends = [numberOf(from), numberOf(to)]
    return uid >= Math.min(...ends) && uid <= Math.max(...ends)
  })
}

function unquoted(text: string): string {
  return text.trim().replace(/^"(.*)"$/, '$1')
}
