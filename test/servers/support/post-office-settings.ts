import type { Certificate } from './authority.ts'
import { type Dovecot, MAIL_UID } from './dovecot.ts'
import type { PostfixSetting } from './postfix.ts'

/** The ports of the post office. */
export type MailDoors = Readonly<{
  /** As companies have it: STARTTLS is demanded, and a log-in. */
  submission: number
  /** The same under a certificate for another host. */
  misnamed: number
  /** Knows nothing of TLS. */
  plain: number
  /** The same as `submission`, without SMTPUTF8. */
  asciiOnly: number
  /** Another host, which refuses mails that Postfix had taken already. */
  far: number
}>

/** Somewhere behind Postfix, each address of which is refused in a way of its own. */
const FAR_REPLIES = {
  'gone@far.example': '550 5.1.1 no such user here',
  'moved@far.example': '551 5.1.6 moved away',
  'closed@far.example': '550 5.2.1 mailbox disabled',
  'policy@far.example': '554 5.7.1 refused by policy',
  'content@far.example': '550 5.6.0 no',
  'unexplained@far.example': '550 5.0.0 no',
  'gøne@far.example': '550 5.1.1 no such user here',
  'slow@far.example': '450 4.2.1 come back later',
} as const

type Setting = Readonly<{
  folder: string
  doors: MailDoors
  certificate: Certificate
  elsewhere: Certificate
  dovecot: Pick<Dovecot, 'lmtpSocket' | 'authSocket'>
}>

export function postfixSettings(setting: Setting): Omit<PostfixSetting, 'folder'> {
  const { folder, doors, certificate, elsewhere, dovecot } = setting
  const table = (name: string) => `texthash:${folder}/${name}`
  const submission = {
    smtpd_tls_security_level: 'encrypt',
    smtpd_tls_cert_file: certificate.cert,
    smtpd_tls_key_file: certificate.key,
    smtpd_tls_received_header: 'yes',
    smtpd_sasl_auth_enable: 'yes',
    smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
    smtpd_recipient_restrictions: `check_recipient_access ${table('policy')}`,
  }
  const otherName = { smtpd_tls_cert_file: elsewhere.cert, smtpd_tls_key_file: elsewhere.key }
  return {
    doors: [
      { port: doors.submission, settings: submission },
      { port: doors.misnamed, settings: { ...submission, ...otherName } },
      { port: doors.asciiOnly, settings: { ...submission, smtputf8_enable: 'no' } },
      { port: doors.plain, settings: {} },
      {
        port: doors.far,
        // Under its own name, or Postfix would think that it speaks to itself.
        settings: {
          myhostname: 'mx.far.example',
          smtpd_recipient_restrictions: `check_recipient_access ${table('far')}, reject`,
        },
      },
    ],
    settings: {
      myhostname: 'mail.acme.example',
      recipient_delimiter: '+',
      relay_domains: 'example.com, acme.example, far.example',
      transport_maps: table('transport'),
      virtual_mailbox_domains: 'example.net',
      virtual_mailbox_base: `${folder}/maildirs`,
      virtual_mailbox_maps: table('maildirs.table'),
      virtual_uid_maps: `static:${MAIL_UID}`,
      virtual_gid_maps: `static:${MAIL_UID}`,
      virtual_minimum_uid: String(MAIL_UID),
      smtpd_relay_restrictions: 'permit_auth_destination, reject',
      smtpd_tls_security_level: 'none',
      smtpd_sasl_type: 'dovecot',
      smtpd_sasl_path: dovecot.authSocket,
      smtputf8_enable: 'yes',
      // Seconds stand for the hours and days of a real queue.
      queue_run_delay: '1s',
      minimal_backoff_time: '1s',
      maximal_backoff_time: '1s',
      delay_warning_time: '1s',
      maximal_queue_lifetime: '8s',
    },
    tables: {
      transport: {
        'example.com': `lmtp:unix:${dovecot.lmtpSocket}`,
        'acme.example': `lmtp:unix:${dovecot.lmtpSocket}`,
        'far.example': `smtp:[127.0.0.1]:${doors.far}`,
      },
      far: FAR_REPLIES,
      policy: {},
      'maildirs.table': { 'josé@example.net': 'josé/', 'bounces@example.net': 'bounces/' },
    },
  }
}
