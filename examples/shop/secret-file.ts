import { createHmac, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

const SECRET_BYTES = 32

/**
 * The secret that forms and links are sealed with: made at the first start, readable by this user only. It must
 * outlive a restart, or every open page would be refused.
 *
 * @throws Error when the file is there and is not a secret of ours.
 */
export function secretFrom(folder: string): string {
  const path = join(folder, 'secret')
  const found = read(path)
  if (found !== undefined) {
    if (!/^[0-9a-f]{64}$/.test(found)) {
      throw new Error(`${path} does not hold a secret: delete it to have a new one made`)
    }
    chmodSync(path, 0o600)
    return found
  }
  const secret = randomBytes(SECRET_BYTES).toString('hex')
  const part = `${path}.${process.pid}.part`
  const file = openSync(part, 'w', 0o600)
  try {
    writeSync(file, `${secret}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  const isOurs = isMade(part, path)
  unlinkSync(part)
  // Of several nodes that start at once the first has made it, for all.
  return isOurs ? secret : secretFrom(folder)
}

/** Puts a whole file in its place; false when there is one already. */
function isMade(part: string, path: string): boolean {
  try {
    linkSync(part, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** A secret for one purpose, so that a seal made for one thing never fits another. */
export function derive(secret: string, purpose: string): string {
  return createHmac('sha256', secret).update(purpose).digest('hex')
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
