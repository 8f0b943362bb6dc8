import { isThere } from './is-there.ts'
import { PROMTOOL } from './promtool.ts'

/** What some tests are skipped without: shells that complete, and what examines examples of deployment. */
const PROGRAMS = ['script', 'bash', 'zsh', 'fish', 'kubectl', 'systemd-analyze']

/** Said at the end, so that nobody takes the green of these tests for that of others. */
export default function setup(): () => void {
  return () => {
    console.log('skipped: mails and bounces of real servers (Postfix, Dovecot); npm run test:servers')
    if (PROMTOOL === null)
      console.log("skipped: what Prometheus's own promtool says of rules and metrics; PROMTOOL=path")
    const missing = PROGRAMS.filter((program) => !isThere(program))
    if (missing.length > 0) console.log(`skipped: what needs programs that are not here (${missing.join(', ')})`)
    console.log()
  }
}
