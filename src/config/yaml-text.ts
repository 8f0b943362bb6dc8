import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'

type Path = readonly PropertyKey[]

/** A YAML mapping read with the places of its parts, so that a fault can say where it stands. */
export type YamlText = Readonly<{
  value: unknown
  /** Where the value at the path stands, or its key; the nearest enclosing part where there is none. */
  placeOf: (path: Path, part: 'key' | 'value') => Place
}>

/** Both count from 1. */
type Place = Readonly<{ line: number; column: number }>

/** A text that is not one YAML mapping. */
export type YamlFault = Place & Readonly<{ message: string }>

/** Parses one YAML 1.2 document. Bare numbers at `exactAt` keep their text: `0.50` does not become 0.5. */
export function readYaml(text: string, exactAt: string): YamlText | readonly YamlFault[] {
  const lines = new LineCounter()
  // Keys are looked at below, by name.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  // What follows a fault of syntax is commonly its echo.
  const faults = [...document.errors.slice(0, 1), ...document.warnings].map(({ code, message, pos: [offset] }) => ({
    ...at(offset),
    message: code === 'MULTIPLE_DOCS' ? 'a second document starts here; one file holds one' : oneLine(message),
  }))
  if (faults.length > 0) return faults
  const badKeys = keyFaults(document).map(({ offset, message }) => ({ ...at(offset), message: oneLine(message) }))
  if (badKeys.length > 0) return badKeys
  const root = document.contents
  if (root !== null && !isMap(root))
    return [{ ...at(root.range?.[0] ?? 0), message: 'is no mapping of settings to values' }]
  keepExact(document, exactAt)
  try {
    return { value: document.toJS() ?? {}, placeOf: (path, part) => at(offsetOf(document, path, part)) }
  } catch (error) {
    // Aliases that unfold without end.
    return [{ line: 1, column: 1, message: oneLine(error instanceof Error ? error.message : String(error)) }]
  }
}

type KeyFault = Readonly<{ offset: number; message: string }>

/** Keys that a mapping of settings cannot have: each would be lost, or stand for another, without a word. */
function keyFaults(document: Document): readonly KeyFault[] {
  const faults: KeyFault[] = []
  visit(document, { Map: (_key, map) => void faults.push(...faultsOfKeys(map as YAMLMap<Node | null>)) })
  return faults
}

function faultsOfKeys({ items, range }: YAMLMap<Node | null>): readonly KeyFault[] {
  const seen = new Set<string>()
  return items.flatMap(({ key }) => {
    const offset = key?.range?.[0] ?? range?.[0] ?? 0
    if (key !== null && !isScalar(key)) return [{ offset, message: 'a name must be plain text' }]
    const name = String(key?.value ?? '')
    if (name === '__proto__') return [{ offset, message: '__proto__ cannot be a name' }]
    if (seen.has(name)) return [{ offset, message: `${name} stands there twice; keep one` }]
    seen.add(name)
    return []
  })
}

function keepExact(document: Document, key: string): void {
  const map = document.get(key, true)
  if (!isMap(map)) return
  for (const { value } of map.items) {
    if (isScalar(value) && typeof value.value === 'number') value.value = value.source ?? String(value.value)
  }
}

function offsetOf(document: Document, path: Path, part: 'key' | 'value'): number {
  let node = document.contents as Node | null
  let offset = node?.range?.[0] ?? 0
  path.forEach((step, index) => {
    const pair = childOf(isAlias(node) ? (node.resolve(document) ?? null) : node, step)
    if (pair === null) {
      node = null
      return
    }
    const wanted = part === 'key' && index === path.length - 1 ? pair.key : (pair.value ?? pair.key)
    offset = wanted?.range?.[0] ?? offset
    node = pair.value
  })
  return offset
}

function childOf(node: Node | null, step: PropertyKey): Pair<Node | null, Node | null> | null {
  if (isSeq<Node>(node)) {
    const value = node.items[Number(step)] ?? null
    return value === null ? null : ({ key: value, value } as Pair<Node, Node>)
  }
  if (!isMap<Node, Node | null>(node)) return null
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step)) ?? null
}

function oneLine(message: string): string {
  return message.replace(/\s+/g, ' ').trim()
}
