import type { Variables } from '../../config/environment.ts'
import { mailboxSetting } from '../../mail/imap-options.ts'
import { checkMailbox } from '../../mail/mailbox.ts'
import { type Finding, fault, notChecked, ok, warning } from './finding.ts'
import { settingAlone } from './settings.ts'

/** Whether somebody reads what comes back, and can; nothing where it is not asked for. */
export async function checkBounces(variables: Variables): Promise<readonly Finding[]> {
  const isSet = (name: string) => (variables[name] ?? '').trim() !== ''
  if (isSet('BOUNCE_IMAP_URL')) {
    const ofMailbox = await checkBounceMailbox(settingAlone(variables, 'BOUNCE_IMAP_URL'))
    return isSet('MAIL_RETURN_PATH') ? [ofMailbox] : [ofMailbox, NAMES_NO_MAIL]
  }
  if (!isSet('MAIL_RETURN_PATH') || isSet('BOUNCE_WEBHOOK_SECRET')) return []
  return [
    warning(
      'bounces',
      'MAIL_RETURN_PATH is set, and nobody reads the bounces that come to it',
      'set BOUNCE_IMAP_URL to its mailbox, or BOUNCE_WEBHOOK_SECRET where a provider reports them by HTTP',
    ),
  ]
}

/** Then a mail that asks for no more is known by its subject alone, which that program leaves empty. */
const NAMES_NO_MAIL = warning(
  'bounces',
  "MAIL_RETURN_PATH is not set: who unsubscribes by mail with Apple's mail program is not known",
  'set it to an address that reaches that mailbox, with +anything before the @ as well (docs/bounces.md)',
)

async function checkBounceMailbox(url: string | null): Promise<Finding> {
  if (url === null) return notChecked('bounces', 'BOUNCE_IMAP_URL is not set right')
  const setting = mailboxSetting(url)
  const trouble = await checkMailbox(setting)
  if (trouble !== null) return fault('bounces', 'dependency', trouble.found, trouble.advice)
  const { host, port } = setting.options
  return ok('bounces', `${host}:${port} lets us in, and mails in ${setting.folder.join('/')} can be marked as read`)
}
