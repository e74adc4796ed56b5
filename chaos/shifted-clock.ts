/*
 * A clock that is wrong, for a process that is started with `--import` of this file: its wall clock is off by the first of
 * CHAOS_CLOCK_SHIFTS_MS, and jumps to the next with each SIGUSR2. Timers and the monotonic clock stay as they are, as they
 * do on a machine whose clock is set. For runs of chaos alone.
 */

const shifts = (process.env['CHAOS_CLOCK_SHIFTS_MS'] ?? '0').split(',').map(Number)
const now = Date.now
let turn = 0

const shiftedNow = (): number => now() + (shifts[turn % shifts.length] ?? 0)

globalThis.Date = new Proxy(Date, {
  construct: (target, given: unknown[], newTarget) =>
    Reflect.construct(target, given.length === 0 ? [shiftedNow()] : given, newTarget) as Date,
  apply: () => new Date(shiftedNow()).toString(),
  get: (target, name, receiver) => (name === 'now' ? shiftedNow : Reflect.get(target, name, receiver)),
})
process.on('SIGUSR2', () => turn++)
