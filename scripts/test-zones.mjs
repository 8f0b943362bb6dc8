// Runs tests as machines in other parts of the world would: no result may hang on the process's own zone, nor on that of
// the PostgreSQL which it starts. By default those whose results are dates; with arguments those, and with `test` all:
//   npm run test:zones -- test
import { spawnSync } from 'node:child_process'

const ZONES = ['America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati', 'Pacific/Apia']
const TESTS_OF_DATES = [
  'test/domain',
  'test/mail/message',
  'test/mail/render',
  'test/mail/templates',
  'test/jobs/life',
  'test/jobs/sweep',
  'test/cli/as-of',
  'test/cli/dry-run.test',
  'test/cli/explain',
]

const asked = process.argv.slice(2)

for (const zone of ZONES) {
  console.log(`TZ=${zone}`)
  const { status } = spawnSync('vitest', ['run', ...(asked.length > 0 ? asked : TESTS_OF_DATES), '--reporter=dot'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, TZ: zone },
  })
  if (status !== 0) process.exit(status ?? 1)
}
