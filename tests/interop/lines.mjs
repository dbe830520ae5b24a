// JSON lines between a script and the test that started it: one object per line, both ways.
//
// A script says what it did ({step, ok, detail}), asks for what only the harness can do
// ({open: url}, {need: "rotate"}) and reads answers, one line each, from stdin.

import { createInterface } from 'node:readline';

/** Writes one object as a line. Nothing else in a script may write to stdout. */
export function say(object) {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}

/** Calls `handle` for each object that arrives on stdin; resolves when stdin ends. */
export async function listen(handle) {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== '') handle(JSON.parse(line));
  }
}

/** Rejects with `what` when `promise` takes longer than `milliseconds`. */
export async function within(milliseconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Command line flags `--name value` and `--name` (true), falling back to the environment's NAME. */
export function flags(defaults) {
  const found = {};
  const words = process.argv.slice(2);
  for (let i = 0; i < words.length; i += 1) {
    if (!words[i].startsWith('--')) throw new Error(`not a flag: ${words[i]}`);
    const name = words[i].slice(2);
    const bare = i + 1 === words.length || words[i + 1].startsWith('--');
    found[name] = bare ? true : words[(i += 1)];
  }
  const value = (name) => found[name] ?? process.env[name.toUpperCase().replaceAll('-', '_')] ?? defaults[name];
  for (const name of Object.keys(found)) {
    if (!(name in defaults)) throw new Error(`unknown flag --${name}; known: ${Object.keys(defaults).join(', ')}`);
  }
  return Object.fromEntries(Object.keys(defaults).map((name) => [name, value(name)]));
}

/** Fails the step when the claim does not hold. */
export function claim(holds, message) {
  if (!holds) throw new Error(message);
}
