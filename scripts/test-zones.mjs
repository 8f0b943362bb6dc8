// Runs tests as machines in other parts of the world would: no result may hang on the process's own zone, nor on that of
// the PostgreSQL which it starts. By default those whose results are dates; with arguments those, and with `test` all, in
// each zone:
//   npm run test:zones -- test
import { spawnSync } from 'node:child_process'

/** Its clocks change, and its evenings are the next day in UTC. */
const NEW_YORK = 'America/New_York'
const ZONES = [NEW_YORK, 'Asia/Kolkata', 'Pacific/Kiritimati']
const TESTS_OF_DATES = ['test/domain', 'test/mail/message', 'test/mail/render', 'test/mail/templates']
/** Whole programs and databases: dear, and one zone tells whether they take up the process's own. */
const TESTS_OF_PROGRAMS = [
  'test/jobs/life',
  'test/jobs/sweep',
  'test/cli/as-of',
  'test/cli/dry-run.test',
  'test/cli/explain.test',
]

const asked = process.argv.slice(2)

for (const zone of ZONES) {
  console.log(`TZ=${zone}`)
  const usual = zone === NEW_YORK ? [...TESTS_OF_DATES, ...TESTS_OF_PROGRAMS] : TESTS_OF_DATES
  const { status } = spawnSync('vitest', ['run', ...(asked.length > 0 ? asked : usual), '--reporter=dot'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, TZ: zone },
  })
  if (status !== 0) process.exit(status ?? 1)
}
