// Makes what the repository does not hold: the database client, and the compiled mail templates.
// Plain JavaScript with no dependency of its own: npm runs it right after an install, under whatever Node there is.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { resolve } = createRequire(import.meta.url)

function run(script, args, env = {}) {
  const { status, error, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  if (status === 0) return
  process.stderr.write(error === undefined ? stdout + stderr : `${script}: ${error.message}\n`)
  process.exit(1)
}

run(join(dirname(resolve('prisma/package.json')), 'build/index.js'), ['generate'], {
  // Generating needs no engine, but the CLI would download one: any file that exists makes it content.
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
})

const templates = join(root, 'scripts/compile-templates.mjs')
if (existsSync(templates)) run(templates, [])
