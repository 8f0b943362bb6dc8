import { PROMTOOL } from './promtool.ts'

/** Said at the end, so that nobody takes the green of these tests for that of others. */
export default function setup(): () => void {
  return () => {
    console.log('skipped: mails and bounces of real servers (Postfix, Dovecot); npm run test:servers')
    if (PROMTOOL === null)
      console.log("skipped: what Prometheus's own promtool says of rules and metrics; PROMTOOL=path")
    console.log()
  }
}
