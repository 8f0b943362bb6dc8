/** A page that may load nothing, but for what else its policy says. */
export const SHUT = { defaultSrc: ["'none'"], baseUri: ["'none'"] }

/** A mail's frame and the page around it are of different kinds, which the browser is not to keep apart by origin. */
export const COMMON_HEADERS = {
  referrerPolicy: 'no-referrer',
  originAgentCluster: false,
  crossOriginResourcePolicy: false,
} as const

/** What the framed mail may do: be looked at by our own script, and open its links in a new tab. */
export const FRAME_RIGHTS = ['allow-scripts', 'allow-popups', 'allow-popups-to-escape-sandbox'] as const
