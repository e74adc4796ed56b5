/** Something that the person at the browser should read: a status, a title and what to do. */
export class ShopError extends Error {
  readonly status: number
  readonly remedy: string

  constructor(status: number, title: string, remedy: string) {
    super(title)
    this.status = status
    this.remedy = remedy
  }
}

/** The same for what is not there and for what is somebody else's. */
export function notFound(): ShopError {
  return new ShopError(404, 'Nothing is here', 'Use the link as it was given, or begin at the shelves.')
}
