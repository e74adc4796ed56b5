import type { AgendaEntry } from './state.ts'

/** Adds an entry to a heap whose first entry is always the earliest. */
export function addToAgenda(agenda: AgendaEntry[], entry: AgendaEntry): void {
  let index = agenda.length
  agenda.push(entry)
  while (index > 0) {
    const above = (index - 1) >> 1
    const parent = agenda[above]
    if (parent === undefined || parent.atMs <= entry.atMs) break
    agenda[index] = parent
    index = above
  }
  agenda[index] = entry
}

/** Takes the earliest entry out, if its time has come. */
export function takeFromAgenda(agenda: AgendaEntry[], nowMs: number): AgendaEntry | undefined {
  const first = agenda[0]
  if (first === undefined || first.atMs > nowMs) return undefined
  const last = agenda.pop()
  if (last === undefined || agenda.length === 0) return first
  let index = 0
  for (;;) {
    const left = 2 * index + 1
    const right = left + 1
    const below = (agenda[right]?.atMs ?? Infinity) < (agenda[left]?.atMs ?? Infinity) ? right : left
    const child = agenda[below]
    if (child === undefined || child.atMs >= last.atMs) break
    agenda[index] = child
    index = below
  }
  agenda[index] = last
  return first
}
