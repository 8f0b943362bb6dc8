import { checkSmtp, type SmtpProblem } from '../../mail/smtp-check.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

const PROBLEMS: Readonly<Record<SmtpProblem, readonly [found: string, advice: string]>> = {
  'unknown-host': ['its name cannot be resolved', 'correct the host in SMTP_URL'],
  unreachable: ['cannot be reached', 'start it, or correct host and port in SMTP_URL, or let a firewall through'],
  'no-greeting': ['is silent', 'where the port expects TLS at once (465), write smtps:// in SMTP_URL'],
  'no-tls-here': ['speaks no TLS on this port', 'where it begins with STARTTLS (587), write smtp:// in SMTP_URL'],
  'starttls-not-offered': [
    'offers no STARTTLS, and mails must not go in the clear',
    'use a port with TLS; or, on a network that you trust, add ?requireTLS=false to SMTP_URL',
  ],
  certificate: [
    'shows a certificate that cannot be trusted',
    'use the host name that the certificate is for; for an authority of your own, set NODE_EXTRA_CA_CERTS',
  ],
  'credentials-refused': ['refuses user and password', 'correct them in SMTP_URL, special characters percent-encoded'],
  refused: ['refuses us', 'ask whoever runs it what it has against this host'],
}

/** Connects to the mail server, secures the line and logs in, as delivery would; sends nothing. */
export async function checkMailServer(url: string): Promise<Finding> {
  const result = await checkSmtp({ url })
  const { server } = result
  if (result.kind === 'failed') {
    const [found, advice] = PROBLEMS[result.problem]
    return fault('mail-server', 'dependency', `${server} ${found} (${result.detail})`, advice)
  }
  const line = result.tls ?? 'no TLS'
  switch (result.authentication) {
    case 'done':
      return ok('mail-server', `${server} answers, ${line}, logged in`)
    case 'neither':
      return ok('mail-server', `${server} answers, ${line}, no user and password set`)
    case 'offered':
      return warning(
        'mail-server',
        `${server} answers, ${line}, and offers log-in, and SMTP_URL has no user and password`,
        'set them if it demands them, or every mail is refused; send-test shows whether it does',
      )
    case 'not-offered':
      return warning(
        'mail-server',
        `${server} answers, ${line}, and asks nobody to log in: user and password in SMTP_URL are not used`,
        'use the port for authenticated submission (465 or 587), or remove them from SMTP_URL',
      )
  }
}
