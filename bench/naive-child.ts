/** What many would write first: read everything with Prisma, then send one by one, each over a connection of its own. */
import { createTransport } from 'nodemailer'
import { openForDelivery } from '../src/compose.ts'
import { NO_OUTLOOK } from '../src/domain/outlook.ts'
import { buildMessage } from '../src/mail/message.ts'
import { serveParent } from './child.ts'
import type { RoundOrder, RoundResult } from './contender.ts'
import { libraryMail } from './library-mail.ts'
import { inDays, NOW } from './setting.ts'

await using setting = await openForDelivery('bench')
const { db, renderer, sender } = setting
const { hostname: host, port } = new URL(process.env.SMTP_URL ?? '')
const transport = createTransport({ host, port: Number(port) })

serveParent<RoundOrder>(
  {},
  async ({ mails }) => {
    const startMs = performance.now()
    await sendAll(mails)
    return { seconds: (performance.now() - startMs) / 1000 } satisfies RoundResult
  },
  () => setting[Symbol.asyncDispose](),
)

async function sendAll(mails: number): Promise<void> {
  const grants = await db.billingCreditGrant.findMany({
    where: { expiresAt: { gt: NOW, lt: inDays(60) }, voidedAt: null },
    orderBy: { expiresAt: 'asc' },
    take: mails,
  })
  const ids = grants.map(({ accountId }) => accountId)
  const accounts = new Map(
    (await db.billingAccount.findMany({ where: { id: { in: ids } } })).map((row) => [row.id, row]),
  )
  const contacts = await db.billingContact.findMany({ where: { accountId: { in: ids } } })
  const contactOf = new Map(contacts.map((row) => [row.accountId, row]))
  for (const grant of grants) {
    const account = accounts.get(grant.accountId)
    const contact = contactOf.get(grant.accountId)
    if (account === undefined || contact === undefined || grant.expiresAt === null) continue
    const unsubscribeUrl = `${sender.publicUrl}/unsubscribe/${contact.id}`
    const rendered = renderer.render({
      category: 'warning',
      tone: 'usual',
      now: NOW,
      locale: 'en',
      timeZone: contact.timeZone ?? 'UTC',
      account,
      recipient: { name: contact.name },
      billingUrl: sender.rules.billingUrl,
      unsubscribeUrl,
      outlook: NO_OUTLOOK,
      lines: [
        {
          grantId: grant.id,
          name: grant.name,
          kind: grant.kind,
          unit: grant.unit,
          amount: grant.remaining.toString(),
          grantedAt: grant.grantedAt,
          expiresAt: grant.expiresAt,
        },
      ],
      sender: { name: sender.from.name ?? sender.from.address, postalAddress: sender.postalAddress },
    })
    const message = buildMessage({
      messageId: setting.messageIdOf(grant.id),
      to: { name: contact.name, address: contact.email },
      from: sender.from,
      replyTo: null,
      rendered,
      stream: { kind: 'warning', locale: 'en' },
      unsubscribeUrl,
      now: NOW,
    })
    await transport.sendMail(libraryMail(message))
  }
}
