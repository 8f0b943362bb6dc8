import cliProgress, { type Options, type SingleBar } from 'cli-progress'

const SHOW_AFTER_MS = 1000
const LINE_EVERY_MS = 5000
const MS_PER_SECOND = 1000

/** How far a long work is. */
export type Progress = Readonly<{
  /** So many more are done. */
  advance: (count?: number) => void
  /** The total has become known, or has changed. */
  expect: (total: number) => void
  finish: () => void
}>

export type ProgressOptions = Readonly<{
  label: string
  /** null: not known. */
  total: number | null
  stream?: NodeJS.WriteStream
  /** Milliseconds on a clock that only goes forward. */
  now?: () => number
}>

/** Progress of work whose size is not known at first. */
export function openProgress(label: string): Progress {
  return createProgress({ label, total: null })
}

/** Shows progress while somebody takes pieces that are made as they are asked for. */
export function* withProgress(label: string, pieces: Iterable<string>): Generator<string> {
  const progress = openProgress(label)
  try {
    for (const piece of pieces) {
      yield piece
      progress.advance()
    }
  } finally {
    progress.finish()
  }
}

type State = { done: number; total: number | null; readonly label: string; readonly elapsedMs: () => number }

/**
 * Shows progress on stderr: a bar with rate and time left on a terminal, a line every few seconds elsewhere,
 * and nothing at all for work that is done at once.
 */
export function createProgress({
  label,
  total,
  stream = process.stderr,
  now = () => performance.now(),
}: ProgressOptions): Progress {
  const startedMs = now()
  const state: State = { done: 0, total, label, elapsedMs: () => now() - startedMs }
  const show = stream.isTTY ? terminalBar(state, stream) : plainLines(state, stream)
  return {
    advance: (count = 1) => {
      state.done += count
      show.update()
    },
    expect: (expected) => {
      state.total = expected
      show.update()
    },
    finish: show.finish,
  }
}

type Display = Readonly<{ update: () => void; finish: () => void }>

function plainLines(state: State, stream: NodeJS.WriteStream): Display {
  // A timer, not a look at each update: a single slow step must show too. It keeps no process alive.
  const timer = setInterval(() => stream.write(`${summary(state)}\n`), LINE_EVERY_MS)
  timer.unref()
  return { update: () => {}, finish: () => clearInterval(timer) }
}

function terminalBar(state: State, stream: NodeJS.WriteStream): Display {
  const options: Options = {
    stream,
    // Ctrl-C must stop the work, not only the bar, and must leave the terminal as it was.
    gracefulExit: false,
    hideCursor: false,
    linewrap: true,
    clearOnComplete: true,
    format: (_options, { progress }) =>
      state.total === null ? summary(state) : `${cliProgress.Format.BarFormat(progress, BAR)} ${summary(state)}`,
  }
  let bar: SingleBar | null = null
  const timer = setTimeout(() => {
    bar = new cliProgress.SingleBar(options)
    bar.start(state.total ?? 0, state.done)
  }, SHOW_AFTER_MS)
  timer.unref()
  return {
    update: () => {
      if (state.total !== null) bar?.setTotal(state.total)
      bar?.update(state.done)
    },
    finish: () => {
      clearTimeout(timer)
      bar?.stop()
    },
  }
}

const BAR: Options = {
  barsize: 30,
  barCompleteString: '█'.repeat(31),
  barIncompleteString: '░'.repeat(31),
  barGlue: '',
}

/** `sending: 1,200 of 5,000, 800/s, 5 s left` */
function summary({ label, done, total, elapsedMs }: State): string {
  const perSecond = (done * MS_PER_SECOND) / Math.max(elapsedMs(), 1)
  const counted = total === null ? count(done) : `${count(done)} of ${count(total)}`
  const parts = [`${label}: ${counted}`, `${count(perSecond)}/s`]
  if (total !== null && perSecond > 0) parts.push(`${timeLeft(Math.max(total - done, 0) / perSecond)} left`)
  return parts.join(', ')
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function timeLeft(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`
}
