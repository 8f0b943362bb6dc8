import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { FILTERS, isInstalled } from './installed.ts'

const run = promisify(execFile)

const PROGRAMS = [
  ['postconf', ['-d', 'mail_version']],
  ['dovecot', ['--version']],
  ['openssl', ['version']],
] as const

/** Stops with one clear line where the servers cannot be started, rather than with a fault in every test. */
export default async function requireServers(): Promise<void> {
  const faults: string[] = []
  if (process.getuid?.() !== 0) faults.push('they run under users of their own, so the tests must run as root')
  for (const [program, args] of PROGRAMS) {
    await run(program, args).catch(() => faults.push(`there is no ${program}`))
  }
  if (faults.length > 0) {
    throw new Error(
      `no mail servers to test against: ${faults.join('; ')}. See docs/architecture.md, "Tests against real servers"`,
    )
  }
  const absent = FILTERS.filter((filter) => !isInstalled(filter))
  if (absent.length > 0) console.log(`skipped: what ${absent.join(' and ')} make of the mails; not installed`)
}
