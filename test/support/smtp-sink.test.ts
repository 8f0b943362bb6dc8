import { createTransport } from 'nodemailer'
import { expect, test } from 'vitest'
import { startSmtpSink } from './smtp-sink.ts'

const message = (to: string) => ({ from: 'billing@example.com', to, subject: 'Hello', text: 'Hi' })

test('the sink keeps what it was sent', async () => {
  await using sink = await startSmtpSink({ auth: { user: 'app', pass: 'p@ss' } })
  await createTransport(sink.url).sendMail(message('ana@example.com'))
  expect(sink.mails).toHaveLength(1)
  expect(sink.mails[0]?.envelope).toEqual({ from: 'billing@example.com', to: ['ana@example.com'] })
  expect((await sink.mails[0]?.parsed())?.subject).toBe('Hello')
  expect(sink.connections.total()).toBe(1)
})

test('the sink refuses wrong credentials', async () => {
  await using sink = await startSmtpSink({ auth: { user: 'app', pass: 'right' } })
  const sending = createTransport(sink.url.replace('right', 'wrong')).sendMail(message('ana@example.com'))
  await expect(sending).rejects.toMatchObject({ code: 'EAUTH', responseCode: 535 })
})

test.each(['connect', 'mail', 'rcpt', 'data', 'final'] as const)(
  'the sink answers at %s as it is told, so often',
  async (stage) => {
    await using sink = await startSmtpSink()
    const to = stage === 'connect' || stage === 'mail' ? {} : { to: 'bob@example.com' }
    sink.answer({ stage, reply: '451 4.3.0 later', times: 1, ...to })
    sink.answer({ stage, reply: 'close', times: 1, after: 1, ...to })
    const send = () => createTransport(sink.url).sendMail(message('bob@example.com'))
    await expect(send()).rejects.toMatchObject({ responseCode: 451, response: '451 4.3.0 later' })
    await expect(send()).rejects.toThrow('Connection closed')
    await send()
    expect(sink.mails).toHaveLength(1)
  },
)

test('the sink answers for one recipient only, or not at all', async () => {
  await using sink = await startSmtpSink()
  sink.answer({ stage: 'rcpt', to: 'eve@example.com', reply: '550 5.1.1 no such user' })
  sink.answer({ stage: 'final', to: 'slow@example.com', reply: 'silence' })
  const transport = createTransport({ url: sink.url, socketTimeout: 200 })
  await expect(transport.sendMail(message('eve@example.com'))).rejects.toMatchObject({ responseCode: 550 })
  await expect(transport.sendMail(message('slow@example.com'))).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  await transport.sendMail(message('ana@example.com'))
  expect(sink.mailsTo('ana@example.com')).toHaveLength(1)
  expect(sink.mails).toHaveLength(1)
})
