/** Imports files, in a process of its own, and says what it cost. */
import { keepHeapSmall } from '../src/heap.ts'
import { importFiles } from '../src/jobs/import/files.ts'
import { importRows } from '../src/jobs/import/import.ts'
import { noProgress } from '../src/jobs/progress.ts'
import { serveParent } from './child.ts'

/** What an import cost. The peak is that of the whole process so far. */
export type ImportCost = Readonly<{ seconds: number; peakMiB: number; added: number; unchanged: number }>

const KIB_PER_MIB = 1024

keepHeapSmall()

serveParent<{ url: string; path: string }>(
  {},
  async ({ url, path }) => {
    const startMs = performance.now()
    const files = await importFiles([path], null)
    const imports = await importRows({ url, files, stdin: process.stdin, openProgress: noProgress, isDry: false })
    const seconds = (performance.now() - startMs) / 1000
    const { added = 0, unchanged = 0 } = imports[0]?.counts ?? {}
    return { seconds, peakMiB: process.resourceUsage().maxRSS / KIB_PER_MIB, added, unchanged } satisfies ImportCost
  },
  () => {},
)
