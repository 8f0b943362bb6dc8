import type { AddressInfo } from 'node:net'
import type { Email } from 'postal-mime'
import { inboxLine } from './inbox-line.ts'

/** As a header writes it: `Ana <ana@example.com>`; the name is empty where it has none. */
export type Correspondent = Readonly<{ name: string; address: string }>

/** A mail as a mailbox shows it. */
export type ReceivedMail = Readonly<{
  /** Counted from 1 in the order of arrival. */
  number: number
  receivedAt: Date
  from: Correspondent
  to: Correspondent
  subject: string
  /** What a list shows beside the subject. */
  preview: string
  html: string
  text: string
  /** The message as it came, headers first. */
  source: string
}>

export type Mailbox = Readonly<{
  /** `smtp://127.0.0.1:…` */
  smtpUrl: string
  /** In the order of arrival. */
  mails: readonly ReceivedMail[]
  close: () => Promise<void>
}>

/** An SMTP server on a free port of loopback that takes every mail and keeps it in memory. */
export async function openMailbox(): Promise<Mailbox> {
  const [{ SMTPServer }, { default: PostalMime }] = await Promise.all([import('smtp-server'), import('postal-mime')])
  const mails: ReceivedMail[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    // A look-up would leave this machine.
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    onData: (stream, _session, done) => {
      stream
        .toArray()
        .then(async (chunks) => {
          const raw = Buffer.concat(chunks)
          const email = await PostalMime.parse(raw)
          mails.push(toReceived(email, { number: mails.length + 1, receivedAt: new Date(), source: raw.toString() }))
          done()
        })
        .catch(done)
    },
  })
  // A client that breaks the line is no fault of the mailbox.
  server.on('error', () => {})
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.server.address() as AddressInfo
  return {
    smtpUrl: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function toReceived(email: Email, arrival: Pick<ReceivedMail, 'number' | 'receivedAt' | 'source'>): ReceivedMail {
  const { from, to: [to] = [], subject = '', html = '', text = '' } = email
  return {
    ...arrival,
    from: toCorrespondent(from),
    to: toCorrespondent(to),
    subject,
    html,
    text,
    preview: inboxLine(html),
  }
}

function toCorrespondent(header: Email['from']): Correspondent {
  return { name: header?.name ?? '', address: header?.address ?? '' }
}
