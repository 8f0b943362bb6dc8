// Builds dist/: the JavaScript that the published package runs (Node strips no types below node_modules).
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// What an earlier build left behind must not be published.
rmSync(join(root, 'dist'), { recursive: true, force: true })
for (const [command, ...args] of [
  ['node', 'scripts/generate.mjs'],
  ['tsc', '-p', 'tsconfig.build.json'],
]) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}
