export { http, type HttpServer } from './http.ts'
export { defaultServerLimits, type HttpOptions, type ServerLimits } from './options.ts'
