/** The little the page needs of the DOM. */

export function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`no element #${id}`)
  return found
}

/** Appends a line to a log, and keeps its last hundred. */
export function line(id: string, who: string, text: string): void {
  const log = element(id)
  const item = document.createElement('li')
  const author = document.createElement('b')
  author.textContent = who
  item.append(author, ` ${text}`)
  log.append(item)
  while (log.children.length > 100) log.firstChild?.remove()
  log.scrollTop = log.scrollHeight
}

/** The value of a field of a form. */
export function field(form: string, name: string): string {
  return String(new FormData(element(form) as HTMLFormElement).get(name) ?? '')
}

/** Calls `handle` with the fields of a form, and empties its text. */
export function onSubmit(form: string, handle: (fields: { text: string; topic: string }) => void): void {
  element(form).onsubmit = (event) => {
    event.preventDefault()
    const fields = { text: field(form, 'text'), topic: field(form, 'topic') }
    if (fields.text === '') return
    handle(fields)
    const input = element(form).querySelector('input')
    if (input !== null) input.value = ''
  }
}
