// No tests stand here: the town in a thread of its own, which the test runner does not slow down.
import { parentPort } from 'node:worker_threads'
import { attackTown } from './town.test-data.ts'

// oxlint-disable-next-line require-post-message-target-origin -- Threads have no origin.
parentPort?.postMessage(await attackTown())
