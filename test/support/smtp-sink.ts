import { setTimeout } from 'node:timers/promises'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'

/** Where in the SMTP dialogue an answer is given; `data` answers the command, `final` the dot after the message. */
export type SinkStage = 'connect' | 'auth' | 'mail' | 'rcpt' | 'data' | 'final'

/**
 * `450 4.2.1 try again later`; or the line breaks without a reply; or no reply comes at all; or, at `final`, the mail is
 * taken and the line breaks before that is said.
 */
export type SinkReply = string | 'close' | 'silence' | 'lost'

/** An answer other than yes. */
export type SinkRule = Readonly<{
  stage: SinkStage
  reply: SinkReply
  /** Only for this recipient; before RCPT there is none. */
  to?: string
  /** How often the answer is given before the sink says yes again; without it, always. */
  times?: number
  /** How often the sink says yes before the answer is given first. */
  after?: number
}>

export type SinkMail = Readonly<{
  envelope: Readonly<{ from: string; to: readonly string[] }>
  raw: Buffer
  /** Which connection it came by, counted from 1. */
  connection: number
  parsed: () => Promise<Email>
}>

export type SmtpSink = AsyncDisposable &
  Readonly<{
    port: number
    /** `smtp://127.0.0.1:…`, with the credentials where it wants some. */
    url: string
    /** Accepted mails, in order. */
    mails: readonly SinkMail[]
    mailsTo: (address: string) => readonly SinkMail[]
    /** Adds an answer, and returns what takes it back. Of several that fit, the one added last is given. */
    answer: (rule: SinkRule) => () => void
    /** Forgets mails, answers and counts. */
    reset: () => void
    connections: Readonly<{ total: () => number; open: () => number; mostAtOnce: () => number }>
    stop: () => Promise<void>
  }>

export type SinkOptions = Readonly<{
  /** 0: any free one. */
  port?: number
  /** Credentials that it asks for; without them, it asks for none. */
  auth?: Readonly<{ user: string; pass: string }>
  /** How long it thinks about each mail before it answers, in milliseconds. */
  delayMs?: number
  /** Called with every mail accepted, e.g. where they are too many to keep. */
  onMail?: (mail: SinkMail) => void
  /** False: mails are counted by `onMail` only. */
  keep?: boolean
  /** Asked at every stage for which no answer was added; null: yes. */
  whim?: (stage: SinkStage, recipients: readonly string[]) => SinkReply | null
  /** After so long a silence the line breaks, as if the client had lost its patience; without it, never. */
  silenceMs?: number
  /** More for the SMTP server, e.g. `secure`, `size`, `hideSMTPUTF8`. */
  server?: SMTPServerOptions
}>

type ActiveRule = SinkRule & { seen: number }
type Answered = (error?: Error | null) => void

/** A real SMTP server on loopback that keeps what it is sent, and answers as it is told to. */
export async function startSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const { auth, onMail, keep = true, delayMs = 0, whim = () => null, silenceMs } = options
  const mails: SinkMail[] = []
  const rules: ActiveRule[] = []
  const numbers = new Map<string, number>()
  let mostAtOnce = 0
  let total = 0

  const server: SMTPServer = new SMTPServer({
    ...{
      authOptional: auth === undefined,
      allowInsecureAuth: true,
      disabledCommands: auth ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
    },
    // A look-up would leave this machine.
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    ...options.server,
    onConnect: (session, done) => {
      total += 1
      numbers.set(session.id, total)
      mostAtOnce = Math.max(mostAtOnce, server.connections.size)
      interceptData(session)
      reply('connect', session, [], done)
    },
    onClose: (session) => void numbers.delete(session.id),
    onAuth: ({ username, password }, session, done) => {
      const right = username === auth?.user && password === auth?.pass
      reply('auth', session, [], (error) =>
        error || !right ? done(error ?? refusal('535 5.7.8 wrong credentials')) : done(null, { user: username }),
      )
    },
    onMailFrom: (_address, session, done) => reply('mail', session, [], done),
    onRcptTo: ({ address }, session, done) => reply('rcpt', session, [address], done),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        if (delayMs > 0) await setTimeout(delayMs)
        const mail = toMail(session, Buffer.concat(chunks), numbers.get(session.id) ?? 0)
        const take = () => {
          if (keep) mails.push(mail)
          onMail?.(mail)
        }
        reply('final', session, mail.envelope.to, { take, done })
      })
    },
  })
  // A client that breaks the line is what tests are about.
  server.on('error', () => {})

  function reply(
    stage: SinkStage,
    session: SMTPServerSession,
    recipients: readonly string[],
    answer: Answered | Readonly<{ take: () => void; done: Answered }>,
  ): void {
    const { take, done } = typeof answer === 'function' ? { take: () => {}, done: answer } : answer
    const said = answerAt(stage, recipients)
    if (said === null || said === 'lost') take()
    if (said === 'silence') fallSilent(session)
    else if (said === 'close' || said === 'lost') breakLine(session)
    else done(said === null ? null : refusal(said))
  }

  function answerAt(stage: SinkStage, recipients: readonly string[]): SinkReply | null {
    return ruleFor(rules, stage, recipients) ?? whim(stage, recipients)
  }

  function breakLine(session: SMTPServerSession): void {
    connectionOf(session)?._socket.destroy()
  }

  function fallSilent(session: SMTPServerSession): void {
    if (silenceMs !== undefined) void setTimeout(silenceMs, undefined, { ref: false }).then(() => breakLine(session))
  }

  /** The server has no hook for the command itself, before it says 354. */
  function interceptData(session: SMTPServerSession): void {
    const connection = connectionOf(session)
    if (connection === undefined) return
    const original = connection.handler_DATA
    connection.handler_DATA = (command, done) => {
      const recipients = connection.session.envelope.rcptTo.map(({ address }) => address)
      const said = answerAt('data', recipients)
      if (said === null) return original.call(connection, command, done)
      if (said === 'silence') return fallSilent(session)
      if (said === 'close' || said === 'lost') return void connection._socket.destroy()
      const { responseCode, message } = refusal(said)
      connection.send(responseCode, message)
      done()
    }
  }

  function connectionOf(session: SMTPServerSession): Connection | undefined {
    return [...(server.connections as unknown as Set<Connection>)].find(({ id }) => id === session.id)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()))
  const credentials = auth === undefined ? '' : `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.pass)}@`
  return {
    port,
    url: `${options.server?.secure ? 'smtps' : 'smtp'}://${credentials}127.0.0.1:${port}`,
    mails,
    mailsTo: (to) => mails.filter(({ envelope }) => envelope.to.includes(to)),
    answer: (rule) => {
      const active = { ...rule, seen: 0 }
      rules.push(active)
      return () => void rules.splice(rules.indexOf(active), rules.includes(active) ? 1 : 0)
    },
    reset: () => {
      mails.length = 0
      rules.length = 0
      mostAtOnce = server.connections.size
      total = 0
    },
    connections: { total: () => total, open: () => server.connections.size, mostAtOnce: () => mostAtOnce },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** What of smtp-server's own connection is needed beyond its hooks. */
type Connection = {
  readonly id: string
  readonly session: SMTPServerSession
  readonly _socket: { destroy: () => void }
  handler_DATA: (command: unknown, done: () => void) => void
  send: (code: number, text: string) => void
}

function ruleFor(rules: readonly ActiveRule[], stage: SinkStage, recipients: readonly string[]): SinkReply | null {
  for (const rule of rules.toReversed()) {
    if (rule.stage !== stage || (rule.to !== undefined && !recipients.includes(rule.to))) continue
    rule.seen += 1
    const given = rule.seen - (rule.after ?? 0)
    if (given > 0 && given <= (rule.times ?? Number.POSITIVE_INFINITY)) return rule.reply
  }
  return null
}

function refusal(reply: string): Error & { responseCode: number } {
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) })
}

function toMail(session: SMTPServerSession, raw: Buffer, connection: number): SinkMail {
  const { mailFrom, rcptTo } = session.envelope
  return {
    envelope: { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address) },
    raw,
    connection,
    parsed: () => PostalMime.parse(raw),
  }
}
