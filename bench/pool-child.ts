/**
 * The yardstick: nodemailer's pool alone, with the mails of the program, rendered before the clock starts. The pool is given
 * what its documentation shows, texts and HTML; or, to know what that costs it, the finished source of each message.
 */
import { randomUUID } from 'node:crypto'
import { createTransport } from 'nodemailer'
import { openForDelivery } from '../src/compose.ts'
import { deliverBatch } from '../src/jobs/deliver.ts'
import { Departures } from '../src/jobs/departures.ts'
import { openHoldings } from '../src/jobs/holdings.ts'
import { Pace } from '../src/jobs/pace.ts'
import { createSender } from '../src/jobs/sender.ts'
import type { OutgoingMessage } from '../src/mail/message.ts'
import { messageSource } from '../src/mail/source.ts'
import type { SmtpTransport } from '../src/mail/transport.ts'
import { serveParent } from './child.ts'
import type { PoolOrder, RoundResult } from './contender.ts'
import { libraryMail } from './library-mail.ts'
import { planAfresh } from './planned-mails.ts'
import { NOW } from './setting.ts'

/** Mails that wait in the pool: enough that no connection ever does, and few enough that their number costs nothing. */
const IN_FLIGHT = 100

const FORMS: Readonly<Record<PoolOrder['as'], (message: OutgoingMessage) => object>> = {
  parts: libraryMail,
  source: (message) => ({ envelope: message.envelope, raw: messageSource(message) }),
}

const maxConnections = Number(process.env.SMTP_MAX_CONNECTIONS)
const messages = await renderedMails()
const { hostname: host, port } = new URL(process.env.SMTP_URL ?? '')
const transport = createTransport({ pool: true, host, port: Number(port), maxConnections, maxMessages: 1000 })

serveParent<PoolOrder>(
  {},
  async ({ mails, as }) => {
    const waiting = messages.slice(0, mails).map(FORMS[as]).values()
    const startMs = performance.now()
    await Promise.all(
      Array.from({ length: IN_FLIGHT }, async () => {
        for (const message of waiting) await transport.sendMail(message)
      }),
    )
    return { seconds: (performance.now() - startMs) / 1000 } satisfies RoundResult
  },
  () => transport.close(),
)

/** Has the program make its mails, and keeps them instead of sending them. */
async function renderedMails(): Promise<readonly OutgoingMessage[]> {
  await using setting = await openForDelivery('bench')
  const { db, rules, locales, gate, log, sender, renderer } = setting
  await planAfresh(setting)
  const mails: OutgoingMessage[] = []
  const transport: SmtpTransport = {
    send: async (message) => {
      mails.push(message)
      return { kind: 'accepted', reply: '250 kept' }
    },
    close: () => {},
  }
  const collect = createSender(sender, renderer, { transport, copier: null })
  const planned = await db.mail.findMany({ select: { id: true } })
  const batch = { id: randomUUID(), retryCount: 0, mailIds: planned.map(({ id }) => id) }
  const pace = new Pace({ db, rates: rules, log })
  const departures = new Departures({ db, gate, pace, log, maxConnections })
  const readHoldings = await openHoldings({ db, log }, () => performance.now())
  const events = { settled: () => {} }
  const courier = {
    db,
    rules,
    locales,
    readHoldings,
    gate,
    departures,
    events,
    log,
    send: collect,
    random: Math.random,
  }
  await deliverBatch(courier, batch, { clock: () => NOW, signal: new AbortController().signal, report: () => {} })
  return mails
}
