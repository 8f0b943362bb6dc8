/** A port that Postfix listens on, with settings that hold there alone. */
export type Door = Readonly<{ port: number; settings: Readonly<Record<string, string>> }>

type MainSetting = Readonly<{ folder: string; log: string; settings: Readonly<Record<string, string>> }>

/** The text of main.cf. */
export function mainFile({ folder, log, settings }: MainSetting): string {
  const all: Readonly<Record<string, string>> = {
    compatibility_level: '3.6',
    queue_directory: `${folder}/queue`,
    data_directory: `${folder}/data`,
    maillog_file: log,
    maillog_file_prefixes: folder,
    inet_protocols: 'ipv4',
    // Nobody outside is asked for anything, or sent anything.
    smtp_dns_support_level: 'disabled',
    smtp_host_lookup: 'native',
    smtpd_peername_lookup: 'no',
    default_transport: 'error:5.4.4 no mail leaves this machine',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    notify_classes: '',
    ...settings,
  }
  return Object.entries(all)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')
}

/** Services without a port: type, name, how many at most, and the program. None is chrooted. */
const INNER: readonly (readonly [name: string, type: string, options: string])[] = [
  ['cleanup', 'unix', 'n - n - 0 cleanup'],
  ['qmgr', 'unix', 'n - n 1 1 qmgr'],
  ['tlsmgr', 'unix', '- - n 1000? 1 tlsmgr'],
  ['rewrite', 'unix', '- - n - - trivial-rewrite'],
  ['bounce', 'unix', '- - n - 0 bounce'],
  ['defer', 'unix', '- - n - 0 bounce'],
  ['trace', 'unix', '- - n - 0 bounce'],
  ['flush', 'unix', 'n - n 1000? 0 flush'],
  ['proxymap', 'unix', '- - n - - proxymap'],
  ['smtp', 'unix', '- - n - - smtp'],
  ['lmtp', 'unix', '- - n - - lmtp'],
  ['virtual', 'unix', '- n n - - virtual'],
  ['error', 'unix', '- - n - - error'],
  ['retry', 'unix', '- - n - - error'],
  ['discard', 'unix', '- - n - - discard'],
  ['showq', 'unix', 'n - n - - showq'],
  ['anvil', 'unix', '- - n - 1 anvil'],
  ['scache', 'unix', '- - n - 1 scache'],
  ['postlog', 'unix-dgram', 'n - n - 1 postlogd'],
]

/** The text of master.cf. */
export function masterFile(doors: readonly Door[]): string {
  return [
    ...doors.map(({ port, settings }) => `127.0.0.1:${port} inet n - n - - smtpd${overrides(settings)}\n`),
    ...INNER.map((fields) => `${fields.join(' ')}\n`),
  ].join('')
}

function overrides(settings: Door['settings']): string {
  return Object.entries(settings)
    .map(([name, value]) => `\n  -o { ${name} = ${value} }`)
    .join('')
}
