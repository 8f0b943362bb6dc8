#!/usr/bin/env node
// Plain JavaScript for old runtimes: it finds a Node that can run the program, and the program.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MIN_NODE_MAJOR = 24
const EXIT_USAGE = 2
const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2']

const isOld = Number(process.versions.node.split('.')[0]) < MIN_NODE_MAJOR
if (isOld) startUnderBundledNode()
else await runHere()

async function runHere() {
  // Started by an older Node: should that one be killed outright, nobody is left to pass signals on. Die with it.
  if (process.env.CREDIT_REMINDERS_LAUNCHED === '1' && process.channel !== undefined) {
    process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
    process.channel.unref()
  }
  // A checkout runs its sources as they are; Node strips no types below node_modules, so the package brings JavaScript.
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const entry = ['src/cli/main.ts', 'dist/cli/main.js'].find((path) => existsSync(join(root, path)))
  const { main } = await import(`../${entry}`)
  await main(process.argv.slice(2))
}

function startUnderBundledNode() {
  const node = bundledNode()
  if (node === null) {
    process.stderr.write(
      `credit-reminders needs Node ${MIN_NODE_MAJOR} or newer; this is ${process.versions.node}, and the "node" package ` +
        'that brings one is not set up (its install script did not run: npm install-scripts approve node && npm rebuild node)\n',
    )
    process.exitCode = EXIT_USAGE
    return
  }
  const child = spawn(node, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, CREDIT_REMINDERS_LAUNCHED: '1' },
  })
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`credit-reminders cannot start ${node}: ${error.message}\n`)
    process.exitCode = EXIT_USAGE
  })
  child.on('exit', (code, signal) => {
    if (signal === null) return process.exit(code)
    // End as the child did, so that a shell or a supervisor sees the same.
    for (const name of FORWARDED) process.removeAllListeners(name)
    process.kill(process.pid, signal)
    setTimeout(() => process.exit(128 + constants.signals[signal]), 1000)
  })
}

/** The binary of the `node` package, which this package depends on; null where it has not been set up. */
function bundledNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    return ['bin/node', 'bin/node.exe'].map((path) => join(folder, path)).find(existsSync) ?? null
  } catch {
    return null
  }
}
