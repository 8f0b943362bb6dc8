import { readFile } from 'node:fs/promises'
import { Hono } from 'hono'
import { isInstalled } from './installed.ts'
import { FRAME_SCRIPT, PAGE_SCRIPT } from './scripts.ts'
import { GALLERY_STYLE } from './style.ts'

const AXE = 'axe-core/axe.min.js'

/** Whether something is there that looks at mails as people with other senses would. */
export const hasAxe = isInstalled(AXE)

/** The style and the scripts of the pages. */
export function assetRoutes(): Hono {
  const routes = new Hono()
  const script = (source: string) => [source, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }] as const
  routes.get('/style.css', (context) => context.body(GALLERY_STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8' }))
  routes.get('/page.js', (context) => context.body(...script(PAGE_SCRIPT)))
  routes.get('/frame.js', (context) => context.body(...script(FRAME_SCRIPT)))
  routes.get('/axe.js', async (context) => {
    if (!hasAxe) return context.notFound()
    return context.body(...script(await readFile(new URL(import.meta.resolve(AXE)), 'utf8')))
  })
  return routes
}
