import { randomBytes } from 'node:crypto'
import { type Composed, rendererFor, rulesFor } from './compose-ledger.ts'
import { readDkim } from './config/dkim.ts'
import { type Environment, readEnvironment, type Variables } from './config/environment.ts'
import { readRules } from './config/rules-file.ts'
import type { Rules } from './domain/rules.ts'
import type { SenderSetting } from './jobs/sender.ts'
import { type Sign, signerFor } from './mail/dkim.ts'
import type { Renderer } from './mail/render.ts'
import { SAMPLE_SENDER } from './mail/samples.ts'
import { createSmtpTransport, type SmtpTransport } from './mail/transport.ts'

/**
 * What a command needs to show mails without sending any. Placeholders stand in for settings that are missing; and the
 * links are signed with a key of the moment, so that a click on one in a preview takes nobody off the list. Also
 * shown is what ALLOWED_RECIPIENTS would withhold.
 */
export async function openForPreview(
  variables: Variables = process.env,
): Promise<Readonly<{ sender: SenderSetting; renderer: Renderer }>> {
  const environment = readEnvironment(variables)
  const rules = await readRules(environment.CREDIT_REMINDERS_CONFIG)
  const renderer = await rendererFor(environment)
  return { sender: senderOrSample(branded({ ...environment, LINK_SECRET: undefined }, renderer), rules), renderer }
}

/** What a command needs to send one mail without a database. */
export async function openForTestMail(
  variables: Variables = process.env,
): Promise<Composed<Readonly<{ sender: SenderSetting; renderer: Renderer; transport: SmtpTransport }>>> {
  const environment = readEnvironment(variables, ['SMTP_URL', 'MAIL_FROM'])
  const rules = await rulesFor(environment)
  const renderer = await rendererFor(environment)
  const sign = await signerFrom(environment)
  const transport = createSmtpTransport({ url: environment.SMTP_URL, maxConnections: 1 }, sign)
  const sender = senderOrSample(branded(environment, renderer), rules)
  return { sender, renderer, transport, [Symbol.asyncDispose]: async () => transport.close() }
}

/** With the postal address of a company's own templates, where the setting says none: it is nearer to an installation. */
export function branded<E extends Environment>(environment: E, { brand }: Renderer): E {
  return { ...environment, MAIL_POSTAL_ADDRESS: environment.MAIL_POSTAL_ADDRESS ?? brand.postalAddress ?? undefined }
}

type OfSender = 'MAIL_FROM' | 'PUBLIC_URL' | 'LINK_SECRET'

export function senderFrom(environment: Environment<OfSender>, rules: Rules): SenderSetting {
  return {
    from: environment.MAIL_FROM,
    replyTo: environment.MAIL_REPLY_TO ?? null,
    postalAddress: environment.MAIL_POSTAL_ADDRESS ?? null,
    publicUrl: environment.PUBLIC_URL,
    linkSecret: environment.LINK_SECRET,
    returnPath: environment.MAIL_RETURN_PATH ?? null,
    unsubscribeMailbox:
      environment.BOUNCE_IMAP_URL === undefined
        ? null
        : (environment.MAIL_RETURN_PATH ?? environment.MAIL_FROM.address),
    rules,
  }
}

/** What signs the mails; null where nothing is set to. */
export async function signerFrom(environment: Environment): Promise<Sign | null> {
  const dkim = await readDkim(environment)
  return dkim === null ? null : signerFor(dkim)
}

/** A sample stands in for a sender that is not set. */
function senderOrSample(environment: Environment, rules: Rules): SenderSetting {
  const { MAIL_FROM, MAIL_POSTAL_ADDRESS, PUBLIC_URL, LINK_SECRET } = environment
  const sample =
    MAIL_FROM === undefined
      ? { MAIL_FROM: SAMPLE_SENDER.from, MAIL_POSTAL_ADDRESS: MAIL_POSTAL_ADDRESS ?? SAMPLE_SENDER.postalAddress }
      : { MAIL_FROM }
  const links = {
    PUBLIC_URL: PUBLIC_URL ?? SAMPLE_SENDER.publicUrl,
    LINK_SECRET: LINK_SECRET ?? randomBytes(32).toString('base64url'),
  }
  return senderFrom({ ...environment, ...sample, ...links }, rules)
}
