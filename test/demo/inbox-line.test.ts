import { expect, test } from 'vitest'
import { inboxLine } from '../../src/demo/inbox-line.ts'

test.each([
  [
    'what comes first in the body, hidden or not',
    '<head><title>T</title></head><body><div style="display:none">Two days</div><h1>Hi</h1></body>',
    'Two days Hi',
  ],
  ['no style, no comment', '<body><style>p { color: red }</style><!-- <p>old</p> --><p>New</p>', 'New'],
  [
    'characters for entities, once',
    '<body>&lt;b&gt; R&amp;D &amp;lt; &#34;x&#x22; &unknown; &#99999999;',
    '<b> R&D &lt; "x" &unknown; &#99999999;',
  ],
  ['a mark for what is no character', '<body>&#x110000;', '\ufffd'],
  ['a mail without a body tag', '<p>Plain</p>', 'Plain'],
  ['nothing of nothing', '', ''],
])('an inbox shows %s', (_what, html, line) => expect(inboxLine(html)).toBe(line))

test('an inbox shows no more than fits, and cuts no character in two', () => {
  expect(inboxLine(`<body>${'🏜'.repeat(500)}`)).toBe('🏜'.repeat(160))
})
