import { createHash } from 'node:crypto'
import type { Proof } from '../jobs/proof.ts'

/** A file's name and what is in it. */
export type ProofFile = Readonly<{ name: string; content: string | Buffer }>

/** The name of the file with the hashes of all others, as `sha256sum -c` reads it. */
const HASHES = 'SHA256SUMS'

/** The mails and the rules of a proof, each as it was, byte for byte. */
export function evidenceOf(proof: Proof): readonly ProofFile[] {
  const mails = proof.told.flatMap((told) =>
    told.copies.flatMap((copy) =>
      copy.source === null || copy.file === null ? [] : [{ name: copy.file, content: copy.source }],
    ),
  )
  return [...mails, ...proof.rules.map((rules) => ({ name: rules.file, content: rules.text }))]
}

/** A file that lets anybody check, with no more than `sha256sum -c`, that none of the others was changed. */
export function hashesOf(files: readonly ProofFile[]): ProofFile {
  const lines = files.map(({ name, content }) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`)
  return { name: HASHES, content: lines.toSorted(byName).join('') }
}

const HASH_CHARACTERS = 64

function byName(a: string, b: string): number {
  return a.slice(HASH_CHARACTERS) < b.slice(HASH_CHARACTERS) ? -1 : 1
}
