import { billingLink } from '../domain/billing-link.ts'
import type { Confirmation } from '../domain/confirm.ts'
import { expiryOfInstant } from '../domain/never.ts'
import type { Rules } from '../domain/rules.ts'
import { toneOf } from '../domain/tone.ts'
import { calendarFiles } from '../mail/calendar.ts'
import { type MailContent, mailKindOf } from '../mail/content.ts'
import type { Copier } from '../mail/mail-copy.ts'
import { buildMessage, type Mailbox, type OutgoingMessage } from '../mail/message.ts'
import type { Renderer } from '../mail/render.ts'
import { returnPathOf, unsubscribeAddressOf } from '../mail/return-path.ts'
import type { SmtpTransport } from '../mail/transport.ts'
import { unsubscribeMailto, unsubscribeUrl } from '../mail/unsubscribe-links.ts'
import { signUnsubscribeToken } from '../mail/unsubscribe-token.ts'
import { addressHash } from '../store/address-hash.ts'
import type { ClaimedMail } from '../store/outbox.ts'
import type { Courier } from './deliver.ts'

/** Who sends, and where readers reach us. */
export type SenderSetting = Readonly<{
  from: Readonly<{ name: string | null; address: string }>
  replyTo: Readonly<{ name: string | null; address: string }> | null
  postalAddress: string | null
  publicUrl: string
  linkSecret: string
  /** Where bounces go, before the mail is named in it; null: to the sender. */
  returnPath: string | null
  /** Where a mail that asks for no more is read; null: nowhere. */
  unsubscribeMailbox: string | null
  rules: Rules
}>

/**
 * The way from a confirmed mail to the server's answer: content, wording, headers, SMTP; and a copy of what it was given.
 *
 * @param ways.copier null: no copies
 */
export function createSender(
  setting: SenderSetting,
  renderer: Renderer,
  ways: Readonly<{ transport: SmtpTransport; copier: Copier | null }>,
): Courier['send'] {
  const { transport, copier } = ways
  return async (mail, confirmation, now) => {
    const content = contentOf(setting, mail, confirmation, now)
    const to = { name: confirmation.contact?.name ?? null, address: confirmation.to }
    const { returnPath: address, linkSecret: secret } = setting
    const returnPath = address === null ? null : returnPathOf(mail.id, { address, secret })
    const unsubscribeMailbox =
      address === null || setting.unsubscribeMailbox === null
        ? setting.unsubscribeMailbox
        : unsubscribeAddressOf(mail.id, { address, secret })
    const sender = { ...setting, unsubscribeMailbox }
    const message = writeMessage(sender, renderer, { content, to, messageId: mail.messageId, returnPath })
    const dictionary = (await copier?.prepare(content)) ?? null
    const sent = await transport.send(message)
    const { source: _, ...outcome } = sent
    return { ...outcome, copy: copier?.copy(sent, dictionary) ?? null }
  }
}

/** A mail's content in words, headers and envelope. */
export function writeMessage(
  { from, replyTo, unsubscribeMailbox }: Pick<SenderSetting, 'from' | 'replyTo' | 'unsubscribeMailbox'>,
  renderer: Renderer,
  { content, ...mail }: Readonly<{ content: MailContent; to: Mailbox; messageId: string; returnPath?: string | null }>,
): OutgoingMessage {
  const { unsubscribeUrl, now } = content
  const mailto = unsubscribeMailbox === null ? null : unsubscribeMailto(unsubscribeMailbox, unsubscribeUrl)
  const stream = { kind: mailKindOf(content), locale: content.locale }
  const unsubscribe = { unsubscribeUrl, unsubscribeMailto: mailto }
  const words = { rendered: renderer.render(content), inlineImages: renderer.images }
  const calendars = calendarFiles(content, renderer.wordsFor(content.locale), from)
  return buildMessage({ ...mail, from, replyTo, ...words, calendars, stream, ...unsubscribe, now })
}

/** What a confirmed mail says, in plain values. */
export function contentOf(
  setting: SenderSetting,
  mail: Pick<ClaimedMail, 'accountId' | 'contactId' | 'category'>,
  confirmation: Confirmation,
  now: Date,
): MailContent {
  const { accountId, contactId, category } = mail
  const { to, locale } = confirmation
  const token = signUnsubscribeToken({ contactId, accountId, addressHash: addressHash(to), locale }, setting.linkSecret)
  const { outlook } = confirmation
  const grant = confirmation.lines[0]?.grant.id ?? ''
  const lines = confirmation.lines.map(({ grant, stage, amount }) => ({
    stage,
    kind: grant.kind,
    unit: grant.unit,
    amount,
  }))
  return {
    category,
    tone: toneOf({ category, lines, outlook, rules: setting.rules }),
    now,
    locale,
    timeZone: confirmation.timeZone,
    account: { id: accountId, name: confirmation.accountName },
    recipient: { name: confirmation.contact?.name ?? null },
    lines: confirmation.lines.map(({ grant, expiresAt, amount, told }) => ({
      grantId: grant.id,
      name: grant.name,
      kind: grant.kind,
      unit: grant.unit,
      grantedAt: grant.grantedAt,
      expiresAt: expiryOfInstant(expiresAt),
      amount,
      ...(told !== undefined && { told }),
    })),
    outlook,
    calendar: confirmation.calendar,
    billingUrl: billingLink(setting.rules.billingUrl, { account: accountId, contact: contactId, grant, category }),
    unsubscribeUrl: unsubscribeUrl(setting.publicUrl, token),
    sender: { name: setting.from.name ?? setting.from.address, postalAddress: setting.postalAddress },
  }
}
