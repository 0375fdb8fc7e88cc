/** SURVEY: one asks everybody and collects what is answered in time. */
import { Respondent, Surveyor } from 'hubless'

await using surveyor = new Surveyor()
const { url } = await surveyor.bind('tcp://127.0.0.1:0')

const loads = { ann: '0.2', ben: '0.7', cleo: undefined }
const respondents = Object.entries(loads).map(([name, load]) => {
  const respondent = new Respondent({ name })
  respondent.connect(url)
  const never = new Promise<never>(() => {})
  respondent.serve(() => (load === undefined ? never : `${name} ${load}`))
  return respondent
})
await surveyor.waitForPeers(3)

const answers: string[] = []
for await (const { body } of surveyor.survey('what is your load?', { deadline: 200 })) answers.push(`${body}`)
for (const answer of answers.sort()) console.log(answer)
console.log(`${answers.length} of ${respondents.length} answered in time`)

await Promise.all(respondents.map((respondent) => respondent.close()))

// Prints:
// ann 0.2
// ben 0.7
// 2 of 3 answered in time
