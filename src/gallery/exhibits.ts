import { UsageError } from '../errors.ts'
import type { PreviewedMail } from '../jobs/preview.ts'
import type { InlineImage } from '../mail/inline-image.ts'

/** The mails to be looked at, as the templates stand. */
export type Exhibition = Readonly<{
  /** BCP 47. */
  languages: readonly string[]
  /** Shown first. */
  language: string
  /** One of each kind. */
  mailsIn: (language: string) => Promise<readonly PreviewedMail[]>
  images: readonly InlineImage[]
  /** What is to be known of all of them, a line each. */
  remarks: readonly string[]
}>

/** What is wrong with the templates, a line each: nothing can be shown before it is mended. */
export type Broken = Readonly<{ faults: readonly string[] }>

export type Exhibits = Readonly<{
  now: () => Promise<Exhibition | Broken>
  /** Another one whenever something changed. */
  edition: () => string
  /** What is shown is read again; or is broken in a way that is known already. */
  renew: (faults?: readonly string[]) => void
  /** Calls back at each change from now on. */
  onChange: (listener: () => void) => Disposable
}>

/** Keeps an exhibition until it is renewed. `first` is one that has been opened. */
export function exhibitsOf(first: Exhibition, open: () => Promise<Exhibition>): Exhibits {
  // Of this process: pages that an earlier one left open have to be loaded again.
  const era = Date.now().toString(36)
  let edition = 1
  let current: Promise<Exhibition | Broken> = Promise.resolve(first)
  const listeners = new Set<() => void>()
  return {
    now: () => current,
    edition: () => `${era}.${edition}`,
    renew: (faults) => {
      edition += 1
      current = faults === undefined ? open().catch(asBroken) : Promise.resolve({ faults })
      for (const listener of listeners) listener()
    },
    onChange: (listener) => {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
  }
}

function asBroken(error: unknown): Broken {
  if (error instanceof UsageError) return { faults: error.lines }
  return { faults: [error instanceof Error ? error.message : String(error)] }
}

export function isBroken(exhibition: Exhibition | Broken): exhibition is Broken {
  return 'faults' in exhibition
}

/** The mail of a kind in a language; undefined where there is none. */
export async function mailAmong(
  exhibition: Exhibition,
  { language, mail }: Readonly<{ language: string; mail: string }>,
) {
  return (await exhibition.mailsIn(language)).find(({ kind }) => kind === mail)
}
