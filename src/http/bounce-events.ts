import { z } from 'zod'

const MAX_EVENTS = 1000
const MAX_FAULTS = 20

/** A fault says what is wrong, and never repeats what was sent. */
const text = (maxCharacters: number) => {
  const error = `is no text of 1 to ${maxCharacters} characters`
  return z.string({ error }).min(1, { error }).max(maxCharacters, { error })
}

const eventSchema = z
  .object({
    id: text(200),
    type: z.enum(['bounce', 'delay', 'complaint'], { error: 'is not one of bounce, delay, complaint' }),
    messageId: text(1000).nullish(),
    mail: z.uuid({ error: 'is no id of a mail' }).toLowerCase().nullish(),
    returnPath: text(320).nullish(),
    recipient: text(320).nullish(),
    status: z
      .string({ error: 'is no status code such as 5.1.1' })
      .regex(/^[245]\.\d{1,3}\.\d{1,3}$/, { error: 'is no status code such as 5.1.1' })
      .nullish(),
    diagnostic: z.string({ error: 'is no text' }).nullish(),
  })
  .refine(({ messageId, mail, returnPath }) => (messageId ?? mail ?? returnPath) != null, {
    error: 'names no mail: give messageId, mail or returnPath',
  })

const bodySchema = z.object(
  {
    events: z
      .array(eventSchema, { error: 'is no list' })
      .max(MAX_EVENTS, { error: `has more than ${MAX_EVENTS} entries; send them in several requests` }),
  },
  { error: 'is no object with a list of events' },
)

/** Something that a provider reports of a mail. */
export type BounceEvent = Readonly<z.infer<typeof eventSchema>>

/** Reads a body; or what is wrong with it, a line each. Fields that it does not know are passed over. */
export function readBounceEvents(
  body: Uint8Array,
): Readonly<{ events: readonly BounceEvent[] } | { faults: readonly string[] }> {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return { faults: ['the body is no JSON in UTF-8'] }
  }
  const parsed = bodySchema.safeParse(document)
  if (parsed.success) return { events: parsed.data.events }
  const { issues } = parsed.error
  return { faults: issues.slice(0, MAX_FAULTS).map(({ path, message }) => `${nameOf(path)} ${message}`) }
}

/** `events[3].status`. */
function nameOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the body'
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1)
}
