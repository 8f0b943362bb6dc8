// Writes credit-reminders.schema.json, from which editors know the settings file. A test says when it is out of date.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rulesJsonSchema } from '../src/config/rules-json-schema.ts'
import { packageFolder } from '../src/paths.ts'

writeFileSync(join(packageFolder, 'credit-reminders.schema.json'), `${JSON.stringify(rulesJsonSchema(), null, 2)}\n`)
