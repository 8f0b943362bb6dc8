// Loaded ahead of the program (NODE_OPTIONS): the clock of its host is then off by so many milliseconds, for all that
// JavaScript can tell.
const aheadMs = Number(process.env.CLOCK_AHEAD_MS)

globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + aheadMs] : args, newTarget),
  apply: (target) => new target(target.now() + aheadMs).toString(),
  get: (target, key, receiver) => (key === 'now' ? () => target.now() + aheadMs : Reflect.get(target, key, receiver)),
})
