/** Loads the page again when the templates have changed; and tells what was found by what takes its time. */
export const PAGE_SCRIPT = `
const { edition, spam } = document.body.dataset
const changes = new EventSource('/changes')
changes.addEventListener('edition', ({ data }) => { if (data !== edition) location.reload() })

const list = document.querySelector('#findings')
function tell(id, state, words) {
  const item = document.getElementById(id)
  item.dataset.state = state
  item.querySelector('b').textContent = { ok: 'ok', look: 'look', unknown: '–' }[state]
  item.querySelector('span').textContent = words
}
if (list !== null) {
  const frame = document.querySelector('iframe')
  addEventListener('message', ({ data, source }) => {
    if (source !== frame.contentWindow || typeof data?.height !== 'number') return
    frame.style.height = Math.ceil(data.height) + 'px'
    if (data.accessibility === null) return
    const { faults, error } = data.accessibility
    if (error !== undefined) tell('accessibility', 'unknown', 'accessibility: ' + error)
    else if (faults.length === 0) tell('accessibility', 'ok', 'accessibility: axe finds nothing against WCAG 2.2 A and AA')
    else tell('accessibility', 'look', 'accessibility: ' + faults.join('; '))
  })
  // It may have told already, when nobody listened.
  frame.contentWindow.postMessage('again', '*')
  fetch(spam).then((answer) => answer.json()).then(
    ({ state, words }) => tell('spam', state, words),
    () => tell('spam', 'unknown', 'spam score: no answer'),
  )
}
`

/** In a mail's frame: how long it is, and what axe, where it is there, finds wrong with it, is told to the page around it. */
export const FRAME_SCRIPT = `
const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const height = document.documentElement.getBoundingClientRect().height
const result = !('axe' in window) ? Promise.resolve(null) : axe.run(document, { runOnly, preload: false }).then(
  ({ violations }) => ({ faults: violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)) }),
  (error) => ({ error: String(error) }),
)
const tell = () => result.then((accessibility) => parent.postMessage({ accessibility, height }, '*'))
addEventListener('message', ({ data, source }) => { if (source === parent && data === 'again') tell() })
tell()
`
