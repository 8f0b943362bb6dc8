import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startDaemon, untilListening } from './daemon.ts'
import { freePorts } from './free-ports.ts'

const run = promisify(execFile)

/** How a mail came to the filter, as the mail server before it tells. */
export type Arrival = Readonly<{ ip: string; helo: string; hostname: string; from: string; rcpt: string }>

/** What the filter gives a mail: the sum, and the rules that made it up. */
export type Judged = Readonly<{ score: number; rules: Readonly<Record<string, number>> }>

export type Rspamd = AsyncDisposable & Readonly<{ judge: (raw: Buffer, arrival: Arrival) => Promise<Judged> }>

const DEBIAN_USER = '_rspamd'
/** These ask services of the world, which the tests leave in peace; the last judges the host that sends, not the mail. */
const LEFT_OUT = ['fuzzy_check', 'rbl', 'asn', 'phishing', 'hfilter']

/** An rspamd with Debian's rules, and with nothing of the world: it asks the given DNS server alone. */
export async function startRspamd(dnsServer: string): Promise<Rspamd> {
  await using resources = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'rspamd-'))
  resources.defer(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  const at = (name: string) => join(folder, name)
  for (const name of ['db', 'run', 'log', 'local/override.d']) await mkdir(at(name), { recursive: true })
  await run('chown', ['-R', `${DEBIAN_USER}:${DEBIAN_USER}`, at('db'), at('run'), at('log')])
  const [port = 0] = await freePorts(1)
  const overrides = {
    // Compiling its patterns, and the list of all public suffixes, would take longer than the mails do.
    'options.inc': `disable_hyperscan = true; url_tld = "${at('suffixes')}"; dns { nameserver = ["${dnsServer}"]; timeout = 1s; retransmits = 1; }`,
    'worker-normal.inc': `bind_socket = "127.0.0.1:${port}"; count = 2;`,
    'worker-controller.inc': 'enabled = false; count = -1;',
    'worker-proxy.inc': 'enabled = false; count = -1;',
    ...Object.fromEntries(LEFT_OUT.map((name) => [`${name}.conf`, 'enabled = false;'])),
  }
  await writeFile(at('suffixes'), 'com\nexample\nnet\n')
  for (const [name, text] of Object.entries(overrides)) await writeFile(join(at('local/override.d'), name), `${text}\n`)
  const variables = { LOCAL_CONFDIR: at('local'), DBDIR: at('db'), RUNDIR: at('run'), LOGDIR: at('log') }
  const start = [
    ...['sh', '-c', 'echo $$ >"$0"; exec "$@"', at('pid')],
    ...['rspamd', '-f', '-c', '/etc/rspamd/rspamd.conf', '-u', DEBIAN_USER, '-g', DEBIAN_USER],
    ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
  ]
  const stop = ['pkill', '--pidfile', at('pid')]
  const daemon = await startDaemon({ start, stop }, at('rspamd.out'))
  resources.defer(daemon.stop)
  await untilListening(daemon, [port], [at('rspamd.out'), at('log/rspamd.log')])
  const held = resources.move()
  return {
    judge: (raw, arrival) => judge(`http://127.0.0.1:${port}/checkv2`, raw, arrival),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

type Answer = Readonly<{ score: number; symbols: Readonly<Record<string, Readonly<{ score: number }>>> }>

async function judge(url: string, raw: Buffer, arrival: Arrival): Promise<Judged> {
  const headers = {
    IP: arrival.ip,
    Helo: arrival.helo,
    Hostname: arrival.hostname,
    From: arrival.from,
    Rcpt: arrival.rcpt,
  }
  const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(raw) })
  const { score, symbols } = (await response.json()) as Answer
  const counted = Object.entries(symbols).filter(([, { score: own }]) => own !== 0)
  return { score, rules: Object.fromEntries(counted.map(([name, { score: own }]) => [name, own])) }
}
