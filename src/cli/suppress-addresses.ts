import { text } from 'node:stream/consumers'
import { openForDeciding } from '../compose-ledger.ts'
import { isDeliverableAddress } from '../domain/address.ts'
import type { SuppressionScope } from '../domain/model.ts'
import { EXIT, type ExitCode, UsageError } from '../errors.ts'
import { maskAddress, maskText } from '../mask.ts'
import { addressHash } from '../store/address-hash.ts'
import { liftEverything, suppressAll } from '../store/suppression-list.ts'
import type { SuppressionOutcome } from '../store/suppressions.ts'
import { print, printable } from './output.ts'

/** An address as somebody gave it: by its hash, and in words that do not give it away. */
export type GivenAddress = Readonly<{ hash: string; shown: string }>

/** So many lines are read; of more, the counts alone. */
const MAX_LINES = 20
const SHA_256 = /^[\da-f]{64}$/i

const WORDS = {
  added: 'added',
  widened: 'was kept from warnings only, and is now from all mail',
  kept: 'is on the list already, for as much',
} as const satisfies Record<SuppressionOutcome, string>

/** `suppress add ADDRESS…`: says of each what changed. */
export async function add(
  addresses: readonly string[],
  { scope, note }: Readonly<{ scope: SuppressionScope; note?: string }>,
): Promise<undefined> {
  const given = await readAddresses(addresses, { hashes: false })
  // A note may well say who asked for it; the list is to hold no address.
  const source = maskText(note ?? '').trim() || 'suppress add'
  await using setting = await openForDeciding()
  const entries = given.map(({ hash }) => ({ addressHash: hash, reason: 'manual' as const, scope, source }))
  const outcomes = await suppressAll(setting.db, entries)
  report(given, ({ hash }) => WORDS[outcomes.get(hash) ?? 'kept'])
}

/** `suppress remove ADDRESS…`: ends with 1 where one was not on the list. */
export async function remove(addresses: readonly string[]): Promise<ExitCode> {
  const given = await readAddresses(addresses, { hashes: true })
  await using setting = await openForDeciding()
  const hashes = given.map(({ hash }) => hash)
  const lifted = await liftEverything(setting.db, hashes)
  report(given, ({ hash }) => (lifted.has(hash) ? 'removed' : 'is not on the list'))
  return hashes.every((hash) => lifted.has(hash)) ? EXIT.done : EXIT.needsPerson
}

/**
 * The addresses of a command line, each once; of `-`, those of stdin, a line each, where no shell remembers them.
 *
 * @throws UsageError with a line for each that is no address, and not the address itself
 */
export async function readAddresses(
  args: readonly string[],
  { hashes }: Readonly<{ hashes: boolean }>,
): Promise<readonly GivenAddress[]> {
  const fromStdin = args.length === 1 && args[0] === '-'
  if (!fromStdin && args.includes('-')) throw new UsageError('give either addresses or -, which reads them from stdin')
  const texts = fromStdin ? (await text(process.stdin)).replace(/^\ufeff/, '').split(/\r\n|\r|\n/) : args
  const faults: string[] = []
  const found = new Map<string, GivenAddress>()
  for (const [index, each] of texts.entries()) {
    const address = each.trim()
    if (fromStdin && address === '') continue
    const given = understand(address, hashes)
    if (given === null) faults.push(`${fromStdin ? 'line' : 'address'} ${index + 1}`)
    else found.set(given.hash, given)
  }
  const wanted = `no mail address such as ana@example.com${hashes ? ', nor a hash as the list shows it' : ''}`
  if (faults.length > 0) throw new UsageError(firstOf(faults.map((place) => `${place} is ${wanted}; nothing was done`)))
  if (found.size === 0) throw new UsageError('stdin held no address; give one a line')
  return [...found.values()]
}

/**
 * The one address of a command line, as it was given; of `-`, that of stdin.
 *
 * @throws UsageError with one line, and not the address itself
 */
export async function readAddress(arg: string): Promise<string> {
  const address = (arg === '-' ? (await text(process.stdin)).replace(/^\ufeff/, '') : arg).trim()
  if (isDeliverableAddress(address)) return address
  const isOfLines = arg === '-' && /[\r\n]/.test(address)
  if (isOfLines) throw new UsageError('stdin holds several lines, and one address is wanted; nothing was done')
  const where = arg === '-' ? 'stdin holds' : '--email is'
  throw new UsageError(`${where} no mail address such as ana@example.com; nothing was done`)
}

function understand(address: string, hashes: boolean): GivenAddress | null {
  if (hashes && SHA_256.test(address)) return { hash: address.toLowerCase(), shown: address.toLowerCase() }
  return isDeliverableAddress(address) ? { hash: addressHash(address), shown: maskAddress(address) } : null
}

/** The first lines of many, and how many more there are. */
export function firstOf(lines: readonly string[]): readonly string[] {
  const rest = lines.length - MAX_LINES
  return rest > 0 ? [...lines.slice(0, MAX_LINES), `and ${rest} more`] : lines
}

/** A line for each address; of many, how often each thing is to be said. */
function report(given: readonly GivenAddress[], wordsFor: (address: GivenAddress) => string): void {
  if (given.length <= MAX_LINES) {
    for (const address of given) print(`${printable(address.shown)}: ${wordsFor(address)}`)
    return
  }
  for (const [words, addresses] of Map.groupBy(given, wordsFor)) print(`${addresses.length} addresses: ${words}`)
}
