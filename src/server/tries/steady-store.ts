import { reasonOf } from '../../errors.ts'
import type { FewLines } from '../few-lines.ts'
import { memoryTries } from './memory-tries.ts'
import type { TryStore } from './try-store.ts'

/** A count is not worth more of a payer's time. */
const ANSWER_WITHIN_MS = 1_000

/**
 * A store that answers whatever happens to the one below: a disk that is full or a database that is away must neither
 * stop the shop nor open the door, so that the counts go on in the memory of this process until it is back.
 */
export function steadyStore(store: TryStore, lines: FewLines): TryStore {
  const standIn = memoryTries()
  const ask = async <Answer>(call: (of: TryStore) => Promise<Answer>): Promise<Answer> => {
    try {
      return await inTime(call(store))
    } catch (error) {
      const message = `${store.name} fails, and the counts go on in memory: ${reasonOf(error)}`
      lines.write({ level: 'error', message })
      return call(standIn)
    }
  }
  return {
    name: store.name,
    take: (tried) => ask((of) => of.take(tried)),
    full: (counts, nowMs) => ask((of) => of.full(counts, nowMs)),
    began: (id, paymentId) => ask((of) => of.began(id, paymentId)),
    open: (names, nowMs, limit) => ask((of) => of.open(names, nowMs, limit)),
    keep: (id) => ask((of) => of.keep(id)),
    giveBack: (id) => ask((of) => of.giveBack(id)),
    close: () => store.close(),
  }
}

async function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  let late: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS)
  })
  try {
    return await Promise.race([answer, tooLate])
  } finally {
    clearTimeout(late)
  }
}
