import { spawnSync } from 'node:child_process'

/** The spam filters that mails are shown to, where they are there. */
export const FILTERS = ['spamassassin', 'rspamd'] as const

export function isInstalled(program: (typeof FILTERS)[number]): boolean {
  return spawnSync(program, ['--version']).error === undefined
}
