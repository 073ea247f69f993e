// Reads formulas from standard input, one JSON object {latex, display} a line, and answers each with one line:
// {html} or {error}. Started by katex.py with the path of KaTeX as its only argument; ends with its input.

const katex = require(process.argv[2]);
const readline = require("node:readline");

function render({ latex, display }) {
  try {
    const html = katex.renderToString(latex, {
      displayMode: display,
      output: "htmlAndMathml", // the MathML half is what a screen reader reads
      throwOnError: true, // the default shows the reader red source text
      strict: "error", // the default prints a warning that nobody sees
    });
    return { html };
  } catch (error) {
    return { error: error.message };
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(render(JSON.parse(line))) + "\n");
});
