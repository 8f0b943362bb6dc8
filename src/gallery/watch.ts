import { watch } from 'node:fs'
import { join } from 'node:path'

/** Editors write a file in several steps. */
const SETTLE_MS = 100

export type Watch = Disposable & Readonly<{ unwatched: readonly string[] }>

/**
 * Calls back with the paths of the files that changed in folders, or below.
 *
 * @returns with the folders that the system would not watch, each with its reason
 */
export function watchFolders(folders: readonly string[], changed: (paths: ReadonlySet<string>) => void): Watch {
  using watchers = new DisposableStack()
  const unwatched: string[] = []
  let paths = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const settle = () => {
    const settled = paths
    paths = new Set()
    changed(settled)
  }
  for (const folder of folders) {
    try {
      const watcher = watch(folder, { recursive: true }, (_event, name) => {
        paths.add(join(folder, String(name)))
        clearTimeout(timer)
        timer = setTimeout(settle, SETTLE_MS)
      })
      // A folder that goes away is told of where it is read.
      watcher.on('error', () => {})
      watchers.defer(() => watcher.close())
    } catch (error) {
      unwatched.push(`${folder} (${(error as NodeJS.ErrnoException).code})`)
    }
  }
  const held = watchers.move()
  return {
    unwatched,
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      held.dispose()
    },
  }
}
