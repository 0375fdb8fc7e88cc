/** Where services and clients meet: a device that hands surveys on. It knows nobody; it only forwards. */
import { device, Respondent, Surveyor } from 'hubless/raw'
import { report, untilDismissed } from './staff.ts'

await using clients = new Respondent()
await using services = new Surveyor()
const forClients = await clients.bind('tcp://127.0.0.1:0')
const forServices = await services.bind('tcp://127.0.0.1:0')
services.on('attach', ({ pipe }) => console.log(`a service joins from ${pipe.address}`))
services.on('detach', ({ pipe }) => console.log(`the service from ${pipe.address} is gone`))

device(clients, services)
console.log(`clients meet services at ${forClients.url}`)
report({ clients: forClients.url, services: forServices.url })
await untilDismissed()
