import assert from 'node:assert/strict'
import { it } from 'node:test'
import { postgresTries } from '../../src/server/tries/postgres-tries.ts'
import { tryStoreConformance } from '../../src/server/tries/try-store-conformance.test-data.ts'
import { TestDatabases } from './databases.ts'

const databases = TestDatabases.forThisFile()

tryStoreConformance('tries in PostgreSQL', async (options) => {
  const { options: connection, drop } = await databases.schema()
  let store = postgresTries(connection, options)
  return {
    store,
    reopen: async () => {
      await store.close()
      store = postgresTries(connection, options)
      return store
    },
    dispose: async () => {
      await store.close()
      await drop()
    },
  }
})

it('holds a limit for all nodes together', async () => {
  const { options, drop } = await databases.schema()
  const nodes = Array.from({ length: 3 }, () => postgresTries(options))
  const counts = [{ name: 'of the card', max: 5, withinMs: 60_000 }]
  const taken = await Promise.all(
    nodes.flatMap((node, which) =>
      Array.from({ length: 20 }, (_, index) => node.take({ id: `try-${which}-${index}`, counts, nowMs: 0 })),
    ),
  )
  assert.equal(taken.filter((answer) => answer.kind === 'taken').length, 5)
  await Promise.all(nodes.map((node) => node.close()))
  await drop()
})
