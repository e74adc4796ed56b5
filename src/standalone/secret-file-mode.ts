/** Docker and Podman mount secrets here for the container's own user alone, whatever the permission bits say. */
const MOUNTED_FOR_ONE_USER = '/run/secrets/'

/** Whether every user of the machine can read the file of a secret. */
export function isReadByOthers(path: string | undefined, mode: number | undefined): boolean {
  return isReachable(path) && ((mode ?? 0) & 0o004) !== 0
}

/** Whether others than its owner can put another secret in its place. */
export function isWrittenByOthers(path: string | undefined, mode: number | undefined): boolean {
  return isReachable(path) && ((mode ?? 0) & 0o022) !== 0
}

function isReachable(path: string | undefined): boolean {
  return path !== undefined && !path.startsWith(MOUNTED_FOR_ONE_USER)
}
