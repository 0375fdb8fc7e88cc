/** PIPELINE: jobs are shared out among workers, each to one of them; results are collected at one place. */
import { Pull, Push } from 'hubless'
import { json } from 'hubless/codecs'

type Job = number | 'done'
interface Result {
  job: number
  square: number
  worker: string
}

await using ventilator = new Push({ codec: json<Job>() })
await using sink = new Pull({ codec: json<Result>() })
const jobs = await ventilator.bind('tcp://127.0.0.1:0')
const results = await sink.bind('tcp://127.0.0.1:0')

async function work(worker: string): Promise<void> {
  await using input = new Pull({ codec: json<Job>() })
  await using output = new Push({ codec: json<Result>() })
  input.connect(jobs.url)
  output.connect(results.url)
  for await (const job of input) {
    if (job === 'done') return
    await output.send({ job, square: job * job, worker })
  }
}

const workers = [work('ann'), work('ben')]
await ventilator.waitForPeers(2)
for (let job = 1; job <= 6; job++) await ventilator.send(job)

const collected: Result[] = []
while (collected.length < 6) collected.push(await sink.recv())
collected.sort((a, b) => a.job - b.job)
console.log('squares:', collected.map(({ square }) => square).join(' '))
console.log('done by ann:', collected.filter(({ worker }) => worker === 'ann').length)

for (const _ of workers) await ventilator.send('done')
await Promise.all(workers)

// Prints:
// squares: 1 4 9 16 25 36
// done by ann: 3
