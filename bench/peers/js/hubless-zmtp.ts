/** hubless as ZeroMQ speaks: everything of hubless.ts over another wire. */
import 'hubless/zmtp'

process.argv = process.argv.map((word) => word.replace(/^(?=(tcp|ipc):\/\/)/, 'zmtp+'))
await import('./hubless.ts')
