/** Sorts, searches and turns over the tables of a document (`data-table.ts`), and opens their rows. */
export const TABLE_SCRIPT = `
'use strict'
const MOST_ON_PAPER = 1000
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })
const number = new Intl.NumberFormat('en')
const shown = (cell) => (Array.isArray(cell) ? cell[0] : cell)
const compare = (a, b) => Array.isArray(a) && Array.isArray(b) ? a[1] - b[1] : collator.compare(shown(a), shown(b))

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

function isolated(words) {
  return element('bdi', {}, words)
}

function setUp(root) {
  const { table: id, rowsAre, opening } = root.dataset
  const size = Number(root.dataset.size)
  const rows = JSON.parse(document.getElementById(id + '-rows').textContent)
  const headings = [...root.querySelectorAll('thead th')]
  const titles = opening === undefined ? headings : headings.slice(1)
  const body = root.querySelector('tbody')
  const status = root.querySelector('[role=status]')
  const [back, on] = root.querySelectorAll('[data-turn]')
  let found = rows.map((_, index) => index)
  let sorting = { column: null, up: true }
  let start = 0
  let texts = null

  function cellOf(cell, column) {
    return element('td', { class: titles[column].className }, isolated(shown(cell)))
  }

  function detailOf([, notes, frame], label) {
    const list = element('ul', { tabindex: '0', 'aria-label': label }, ...notes.map((note) => element('li', {}, isolated(note))))
    const parts = notes.length === 0 ? [] : [list]
    const source = frame === null ? null : document.getElementById('frame-' + frame)
    if (source !== null) {
      const view = element('iframe', { sandbox: '', title: label })
      view.srcdoc = JSON.parse(source.textContent)
      parts.push(view)
    }
    return element('tr', { class: 'opened' }, element('td', { class: 'detail', colspan: headings.length }, ...parts))
  }

  function opener(row, line) {
    const label = opening + ': ' + row[0].slice(0, 2).map(shown).join(', ')
    const button = element('button', { type: 'button', 'aria-expanded': 'false', 'aria-label': label }, opening)
    button.addEventListener('click', () => {
      const isOpen = button.getAttribute('aria-expanded') === 'true'
      button.setAttribute('aria-expanded', String(!isOpen))
      if (isOpen) line.nextElementSibling.remove()
      else line.after(detailOf(row, label))
    })
    return element('td', { class: 'on-screen' }, button)
  }

  function lineOf(index) {
    const row = rows[index]
    const line = element('tr', {}, ...row[0].map(cellOf))
    if (opening !== undefined) line.prepend(opener(row, line))
    return line
  }

  function show(count = size) {
    const page = found.slice(start, start + count)
    body.replaceChildren(...page.map(lineOf))
    const range = page.length === 0 ? 'none' : number.format(start + 1) + ' to ' + number.format(start + page.length)
    const all = found.length === rows.length ? number.format(rows.length) : number.format(found.length) + ' found in ' + number.format(rows.length)
    status.textContent = range + ' of ' + all + ' ' + rowsAre
    back.disabled = start === 0
    on.disabled = start + count >= found.length
  }

  function arrange() {
    const { column, up } = sorting
    found.sort((a, b) => (column === null ? 0 : (up ? 1 : -1) * compare(rows[a][0][column], rows[b][0][column])) || a - b)
    start = 0
    show()
  }

  function search(words) {
    texts ??= rows.map(([cells, notes]) => [...cells.map(shown), ...notes].join('\\n').toLowerCase())
    const wanted = words.toLowerCase().split(/\\s+/).filter((word) => word !== '')
    found = rows.map((_, index) => index).filter((index) => wanted.every((word) => texts[index].includes(word)))
    arrange()
  }

  titles.forEach((heading, column) => {
    const button = element('button', { type: 'button' }, ...heading.childNodes)
    heading.append(button)
    heading.setAttribute('aria-sort', 'none')
    button.addEventListener('click', () => {
      sorting = { column, up: sorting.column === column ? !sorting.up : true }
      titles.forEach((each, at) => each.setAttribute('aria-sort', at !== column ? 'none' : sorting.up ? 'ascending' : 'descending'))
      arrange()
    })
  })
  let waiting
  root.querySelector('input').addEventListener('input', ({ target }) => {
    clearTimeout(waiting)
    waiting = setTimeout(() => search(target.value), 100)
  })
  for (const [button, turn] of [[back, -size], [on, size]]) {
    button.addEventListener('click', () => { start = Math.max(0, start + turn); show() })
  }
  let before = 0
  addEventListener('beforeprint', () => { before = start; start = 0; show(MOST_ON_PAPER) })
  addEventListener('afterprint', () => { start = before; show() })
  root.querySelector('.controls').hidden = false
  root.querySelector('[data-rest]')?.remove()
  show()
}

for (const root of document.querySelectorAll('[data-table]')) setUp(root)
`
