// Calls the exported functions of a module for a test: node node_bridge.mjs <address of the module>.
// One call a line on standard input, {"call": name, "arguments": [...]}; one answer a line on standard output,
// {"result": ...} or {"error": ...}. A call of a constant answers its value.
//
// JSON would turn NaN and infinities into null and leave undefined out, just what the tests look for; they
// arrive as text.

import { createInterface } from "node:readline";

const module = await import(process.argv[2]);

function visible(_, value) {
  if (value === undefined) return "undefined";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function answer({ call, arguments: values }) {
  try {
    if (!(call in module)) throw new Error(`the module does not export ${call}`);
    const member = module[call];
    return { result: typeof member === "function" ? member(...values) : member };
  } catch (error) {
    return { error: String(error.stack) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)), visible)}\n`);
}
