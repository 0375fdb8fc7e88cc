/** How each broker is started: on loopback, without persistence, and with everything that it writes in one directory. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './address.ts'

export type ServerName = 'nats' | 'redis' | 'rabbitmq' | 'activemq'

interface Server {
  /** What is looked for: an absolute path, or a command on the path. */
  readonly command: string
  readonly url: (port: number) => string
  /** Limits that would disconnect a slow consumer are lifted. */
  readonly start: (port: number, home: string) => Promise<Start>
}

interface Start {
  readonly args: readonly string[]
  /** Default: what was looked for. */
  readonly command?: string
  readonly env?: Readonly<Record<string, string>>
}

export const servers: Readonly<Record<ServerName, Server>> = {
  nats: {
    command: 'nats-server',
    url: (port) => `nats://127.0.0.1:${port}`,
    start: async (port, home) => {
      const config = join(home, 'nats.conf')
      writeFileSync(config, `listen: "127.0.0.1:${port}"\nmax_payload: 8MB\nmax_pending: 4GB\nwrite_deadline: "60s"\n`)
      return { args: ['-c', config] }
    }
  },
  redis: {
    command: 'redis-server',
    url: (port) => `redis://127.0.0.1:${port}`,
    start: async (port, home) => {
      const options = { bind: '127.0.0.1', port, dir: home, appendonly: 'no', logfile: join(home, 'log') }
      const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
      return { args: [...args, '--save', '', '--client-output-buffer-limit', 'pubsub 0 0 0'] }
    }
  },
  rabbitmq: {
    // Not the wrapper on the path, which changes the user.
    command: '/usr/lib/rabbitmq/bin/rabbitmq-server',
    url: (port) => `amqp://127.0.0.1:${port}`,
    start: async (port, home) => ({
      args: [],
      env: {
        HOME: home,
        ERL_CRASH_DUMP: join(home, 'erl_crash.dump'),
        ERL_EPMD_PORT: String(await freePort()),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        RABBITMQ_NODENAME: 'bench@localhost',
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(await freePort()),
        RABBITMQ_MNESIA_BASE: home,
        RABBITMQ_LOG_BASE: home,
        RABBITMQ_PID_FILE: join(home, 'pid'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'plugins')
      }
    })
  },
  activemq: {
    command: '/usr/bin/activemq',
    url: (port) => `stomp://127.0.0.1:${port}`,
    start: async (port, home) => {
      const config = join(home, 'activemq.xml')
      writeFileSync(config, activemqConfig(port, home))
      // What the script on the path does, without its instances and other users.
      const places = { home: activemqHome, base: home, conf: home, data: home }
      const options = [
        ...['-XX:-UsePerfData', `-XX:ErrorFile=${join(home, 'crash.log')}`, `-Djava.io.tmpdir=${home}`],
        ...Object.entries(places).map(([name, place]) => `-Dactivemq.${name}=${place}`),
        '--add-opens=java.base/java.lang=ALL-UNNAMED'
      ]
      const archive = join(activemqHome, 'bin/activemq.jar')
      return { command: 'java', args: [...options, '-jar', archive, 'start', `xbean:file:${config}`] }
    }
  }
}

const activemqHome = '/usr/share/activemq'

function activemqConfig(port: number, home: string): string {
  const schema = 'http://activemq.apache.org/schema/core'
  const beans = 'http://www.springframework.org/schema/beans'
  return `<beans xmlns="${beans}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="${beans} ${beans}/spring-beans-2.0.xsd ${schema} ${schema}/activemq-core.xsd">
  <broker xmlns="${schema}" brokerName="bench" persistent="false" useJmx="false" dataDirectory="${home}">
    <transportConnectors>
      <transportConnector name="stomp" uri="stomp://127.0.0.1:${port}"/>
    </transportConnectors>
  </broker>
</beans>
`
}
