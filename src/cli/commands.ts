import type { CommandEntry } from './command.ts'

/**
 * Every command, in the order of `--help`: first what an operator meets first. An entry looks like
 * `{ name: 'migrate', summary: 'create or update our own tables', load: () => import('./migrate.ts') }`.
 */
export const COMMANDS: readonly CommandEntry[] = []
