// Runs the domain's tests as machines in other parts of the world would: no result may hang on the process's own zone.
import { spawnSync } from 'node:child_process'

const ZONES = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati', 'Pacific/Apia']

for (const zone of ZONES) {
  console.log(`TZ=${zone}`)
  const { status } = spawnSync('vitest', ['run', 'test/domain', '--reporter=dot'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, TZ: zone },
  })
  if (status !== 0) process.exit(status ?? 1)
}
