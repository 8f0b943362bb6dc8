import type { Command } from 'commander'
import type { ExitCode } from '../errors.ts'

/**
 * What each `src/cli/<name>.ts` exports as `define`: it gives the command its options and its action.
 * A file is loaded only when its command is called, so it may import whatever it needs at its top.
 */
export type Define = (command: Command) => void

/** One line of `--help`, and where the command's own file is. */
export type CommandEntry = Readonly<{
  name: string
  summary: string
  load: () => Promise<{ define: Define }>
}>

/** An action that answers with the exit code; nothing means 0. */
export function ending<A extends unknown[]>(action: (...args: A) => Promise<ExitCode | undefined>) {
  return async (...args: A): Promise<void> => {
    // Set, not exited with: what was written to a pipe still has to leave.
    process.exitCode = (await action(...args)) ?? 0
  }
}
