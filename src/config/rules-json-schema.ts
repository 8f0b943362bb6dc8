import { z } from 'zod'
import { rulesSchema } from './rules-schema.ts'

/** The JSON Schema of `credit-reminders.yaml`, for editors; the program itself checks more than it can say. */
export function rulesJsonSchema() {
  return {
    title: 'Rules of credit-expiry-reminders (credit-reminders.yaml)',
    ...z.toJSONSchema(rulesSchema, { io: 'input' }),
  }
}
