/** The shop sells in one currency. */
export const CURRENCY = 'GBP'

interface SeedProduct {
  readonly sku: string
  readonly name: string
  readonly description: string
  /** Names a drawing in pages/pictures.ts. */
  readonly picture: string
  readonly priceMinor: number
  readonly stock: number
}

/** What stands on the shelves of a new shop. Some of it is scarce, so that stock can run out while somebody pays. */
export const PRODUCTS: readonly SeedProduct[] = [
  {
    sku: 'counterfoil-book',
    name: 'Counterfoil book',
    description: 'Fifty numbered stubs. Fill in the stub first, then hand over the rest.',
    picture: 'book',
    priceMinor: 850,
    stock: 60,
  },
  {
    sku: 'fountain-pen',
    name: 'Brass fountain pen',
    description: 'A medium nib that has written cheques since 1911. Three left.',
    picture: 'pen',
    priceMinor: 3_800,
    stock: 3,
  },
  {
    sku: 'iron-gall-ink',
    name: 'Iron gall ink, 50 ml',
    description: 'Blue when it leaves the pen, black for the next five hundred years.',
    picture: 'ink',
    priceMinor: 1_120,
    stock: 40,
  },
  {
    sku: 'sealing-wax',
    name: 'Sealing wax, six sticks',
    description: 'So that you can tell whether somebody has read it before you.',
    picture: 'wax',
    priceMinor: 975,
    stock: 24,
  },
  {
    sku: 'stamps',
    name: 'Sheet of twelve stamps',
    description: 'First class. The perforation is half of the pleasure.',
    picture: 'stamps',
    priceMinor: 1_320,
    stock: 100,
  },
  {
    sku: 'date-stamp',
    name: 'Rubber date stamp',
    description: 'Six bands, good until 2037. Says PAID, in red.',
    picture: 'rubber',
    priceMinor: 1_740,
    stock: 18,
  },
  {
    sku: 'ledger',
    name: 'Ledger, 192 pages',
    description: 'Ruled in two columns. Pages are numbered; none can be torn out unseen.',
    picture: 'ledger',
    priceMinor: 2_400,
    stock: 12,
  },
  {
    sku: 'paper-clips',
    name: 'A hundred paper clips',
    description: 'For everything that belongs together.',
    picture: 'clip',
    priceMinor: 360,
    stock: 200,
  },
]

interface SeedPromotion {
  readonly code: string
  readonly percentOff: number
  readonly usesMax: number
}

export const PROMOTIONS: readonly SeedPromotion[] = [
  { code: 'WELCOME10', percentOff: 10, usesMax: 100 },
  { code: 'LASTONE', percentOff: 25, usesMax: 1 },
]
