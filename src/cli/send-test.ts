import { type Command, Option } from 'commander'
import { openForTestMail } from '../compose-mails.ts'
import { isDeliverableAddress } from '../domain/address.ts'
import { isAllowed } from '../domain/recipients.ts'
import { type SendOutcome, verdictOn } from '../domain/smtp-verdict.ts'
import { DependencyError, EXIT, type ExitCode, UsageError } from '../errors.ts'
import { sendTestMail } from '../jobs/test-mail.ts'
import { MAIL_KINDS, type MailKind } from '../mail/content.ts'
import { maskAddress, maskText } from '../mask.ts'
import { ending } from './command.ts'
import { withExamples } from './examples.ts'
import { localeOption, requireLanguage } from './locale.ts'
import { print, printable } from './output.ts'

type Options = Readonly<{ to: string; kind: MailKind; locale?: string }>

/** `send-test`: one sample mail to an address of the operator's, marked as a test. */
export function define(command: Command): void {
  command
    .requiredOption('--to <address>', 'who gets it')
    .addOption(new Option('--kind <kind>', 'which mail').choices(MAIL_KINDS).default('warning'))
    .addOption(localeOption())
    .action(ending(act))
  withExamples(command, [
    ['send-test --to you@example.com', 'a warning, to see how it arrives'],
    ['send-test --to you@example.com --kind expired --locale pt-BR', 'the notice that credits are gone, in Portuguese'],
  ])
}

async function act({ to, kind, locale }: Options): Promise<ExitCode> {
  if (!isDeliverableAddress(to)) throw new UsageError('--to is no mail address; write one such as ana@example.com')
  await using setting = await openForTestMail()
  if (!isAllowed(to, setting.sender.rules.allowedRecipients)) {
    throw new UsageError('--to is not among ALLOWED_RECIPIENTS: nothing was sent; name it there, or unset the variable')
  }
  const language = requireLanguage(locale, setting.renderer.locales)
  const outcome = await sendTestMail(setting, { to, kind, locale: language, now: new Date() })
  return conclude(outcome, maskAddress(to))
}

function conclude(outcome: SendOutcome, to: string): ExitCode {
  const reply = printable(maskText(outcome.reply))
  switch (verdictOn(outcome)) {
    case 'accepted':
      print(`sent to ${to}: the mail server said ${reply}`)
      return EXIT.done
    case 'unreachable':
      throw new DependencyError(`the mail server cannot be reached: ${reply}; credit-reminders doctor tells more`)
    case 'uncertain':
      print(`perhaps sent to ${to}: the line broke before the mail server answered (${reply})`)
      return EXIT.needsPerson
    default:
      print(`not sent to ${to}: the mail server said ${reply}`)
      return EXIT.needsPerson
  }
}
