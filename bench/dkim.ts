import { generateKeyPairSync } from 'node:crypto'
import { writeMessage } from '../src/jobs/sender.ts'
import { type Sign, signerFor } from '../src/mail/dkim.ts'
import { messageIdFor } from '../src/mail/message.ts'
import { createRenderer } from '../src/mail/render.ts'
import { SAMPLE_SENDER, SAMPLES } from '../src/mail/samples.ts'
import { createSmtpTransport, type SmtpTransport } from '../src/mail/transport.ts'
import { templatesFolder } from '../src/paths.ts'
import { startChild } from './child.ts'
import { count, type Figure, known, median } from './figures.ts'

const MAILS = 3000
const ROUNDS = 3
const CONNECTIONS = 20
/** On their way at a time, as delivery has them. */
const AT_A_TIME = 200

/** What signing costs: a mail built, signed and handed over, without a database; and how long the main thread is at it. */
export async function benchDkim(): Promise<readonly Figure[]> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const sign = signerFor({ privateKey, selector: 's1', domain: 'example.com' })
  await using sink = await startChild('smtp-sink.ts')
  const { port } = sink.hello as { port: number }
  const mailOf = await mailWriter()
  const measure = async (signing: Sign | null) => {
    const url = `smtp://127.0.0.1:${port}`
    const transport = createSmtpTransport({ url, maxConnections: CONNECTIONS }, signing)
    try {
      return await sendAll(transport, mailOf)
    } finally {
      transport.close()
    }
  }
  const plain: Round[] = []
  const signed: Round[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const one = [await measure(null), await measure(sign)] as const
    // The first round warms up.
    if (round === 0) continue
    plain.push(one[0])
    signed.push(one[1])
  }
  return [...figuresOf('unsigned', plain), ...figuresOf('signed with DKIM, RSA 2048', signed)]
}

type Round = Readonly<{ perSecond: number; mainThreadUs: number }>

async function mailWriter() {
  const renderer = await createRenderer(templatesFolder)
  const setting = { from: SAMPLE_SENDER.from, replyTo: null, unsubscribeMailbox: null }
  const to = { name: 'Ana', address: 'ana@example.com' }
  return (id: number) =>
    writeMessage(setting, renderer, {
      content: SAMPLES.warning,
      to,
      messageId: messageIdFor(`bench-${id}`, setting.from.address),
    })
}

async function sendAll(transport: SmtpTransport, mailOf: Awaited<ReturnType<typeof mailWriter>>): Promise<Round> {
  // Of this thread alone: the pool that signs is not in it.
  const before = process.threadCpuUsage()
  const startMs = performance.now()
  let next = 0
  const sendOn = async () => {
    while (next < MAILS) {
      next += 1
      const outcome = await transport.send(mailOf(next))
      if (outcome.kind !== 'accepted') throw new Error(`a mail was not taken: ${outcome.reply}`)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, sendOn))
  const seconds = (performance.now() - startMs) / 1000
  const { user, system } = process.threadCpuUsage(before)
  return { perSecond: MAILS / seconds, mainThreadUs: (user + system) / MAILS }
}

function figuresOf(what: string, rounds: readonly Round[]): readonly Figure[] {
  return [
    known(`mails built and sent, ${what}`, `${count(median(rounds.map(({ perSecond }) => perSecond)))}/s`),
    known('  main thread at work for each', `${count(median(rounds.map(({ mainThreadUs }) => mainThreadUs)))} µs`),
  ]
}
