// Quiz: the self-check questions of a chapter. What is right is decided by `grade`, which is the same function as
// largemodels.questions.grading.grade; `render` only wires it to a form.
import { button, element, fill, setText, watchTheme } from "./lab.js";

export const STRINGS = {
  en: {
    title: "Self-check questions",
    progress: "Answered right: {right} of {all}",
    clear: "Clear my answers",
    difficulty: "Difficulty {level} of 3",
    several: "Several answers can be right.",
    your_answer: "Your answer",
    check: "Check",
    outcome_right: "Right.",
    outcome_wrong: "Not right yet.",
    outcome_missing: "Right so far. Still to find: {missing}.",
    "outcome_not-a-number": "This is not a number. Write it like 0.25, 1/4 or 2.5e-1.",
    outcome_empty_choice: "Pick an answer first.",
    outcome_empty_choices: "Pick at least one answer first.",
    outcome_empty_number: "Enter a number first.",
    understood: "Read as {value}.",
    others: "What is wrong with the other answers",
    picked_right: "right",
    picked_wrong: "wrong",
  },
  zh: {
    title: "自测题",
    progress: "已答对 {right} 题，共 {all} 题",
    clear: "清除我的答案",
    difficulty: "难度 {level}（最高 3）",
    several: "可能有多个正确答案。",
    your_answer: "你的答案",
    check: "检查",
    outcome_right: "正确。",
    outcome_wrong: "还不对。",
    outcome_missing: "选中的都对，还有 {missing} 个正确答案没有选。",
    "outcome_not-a-number": "这不是一个数。请写成 0.25、1/4 或 2.5e-1 这样的形式。",
    outcome_empty_choice: "请先选择一个答案。",
    outcome_empty_choices: "请至少选择一个答案。",
    outcome_empty_number: "请先输入一个数。",
    understood: "识别为 {value}。",
    others: "其他答案错在哪里",
    picked_right: "对",
    picked_wrong: "错",
  },
};

// ---------------------------------------------------------------------------------------------------------
// Grading

const NUMBER = "[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,4})?";
const RESPONSE = new RegExp(`^(${NUMBER})(?:/(${NUMBER}))?$`);
const SPACES_AROUND = /^[ \t\n\r\u00a0\u3000]+|[ \t\n\r\u00a0\u3000]+$/g;
// Typed values are decimal, comparisons binary: 0.39 must count as within 0.01 of 0.4.
const SLACK = 1 + 1e-9;

/**
 * The finite number that a reader typed, or null. The decimal sign may be a point or a comma; 1/3 is a number too; a
 * typographic minus and the full-width characters of Chinese keyboards are read as what they stand for.
 */
export function parseNumber(text) {
  if (typeof text !== "string") return null;
  const asciiText = text
    .replace(SPACES_AROUND, "")
    .replace(/\u2212/g, "-")
    .replace(/[\uff01-\uff5e]/g, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0));
  const match = RESPONSE.exec(asciiText);
  if (!match) return null;
  const [numerator, denominator] = [match[1], match[2] ?? "1"].map((part) => Number(part.replace(",", ".")));
  if (denominator === 0 || !Number.isFinite(numerator) || !Number.isFinite(denominator)) return null;
  const value = numerator / denominator;
  return Number.isFinite(value) ? value : null;
}

/**
 * Judge a response to a question.
 *
 * @param {object} question  As the Python side sends it.
 * @param {string[]|string} response  Ids of the picked answers, or the number as typed. Anything else counts as no
 *   response, and ids that the question does not have are ignored: what a browser kept may be older than the question.
 * @returns {{outcome: string, value: number|null, missing: number, feedback: object[]}}  `outcome` is "right", "wrong",
 *   "missing" (all picked answers are right, but others are right too), "empty" or "not-a-number"; `value` the number
 *   as understood; `missing` how many right answers were not picked; `feedback` a list of {answer, right, text}.
 */
export function grade(question, response) {
  return question.kind === "number" ? gradeNumber(question, response) : gradeChoice(question, response);
}

function result(outcome, { feedback = [], value = null, missing = 0 } = {}) {
  return { outcome, value, missing, feedback };
}

function gradeChoice(question, response) {
  const given = Array.isArray(response) ? response : [];
  const picked = question.answers.filter((answer) => given.includes(answer.id));
  // A single choice with two answers picked cannot come from the form.
  if (picked.length === 0 || (question.kind === "choice" && picked.length > 1)) return result("empty");
  const feedback = picked.map((answer) => ({ answer: answer.id, right: answer.right, text: answer.feedback }));
  if (question.kind === "choice") return result(picked[0].right ? "right" : "wrong", { feedback });
  const countRight = (answers) => answers.filter((answer) => answer.right).length;
  const missing = countRight(question.answers) - countRight(picked);
  if (countRight(picked) < picked.length) return result("wrong", { feedback, missing });
  return result(missing > 0 ? "missing" : "right", { feedback, missing });
}

function gradeNumber(question, response) {
  if (typeof response !== "string" || response.replace(SPACES_AROUND, "") === "") return result("empty");
  const value = parseNumber(response);
  if (value === null) return result("not-a-number");
  const near = (target) => Math.abs(value - target.value) <= target.tolerance * SLACK;
  const right = near(question);
  const side = value < question.value ? question.too_small : question.too_large;
  const text = right ? question.right : (question.wrong_values.find(near)?.feedback ?? side);
  return result(right ? "right" : "wrong", { feedback: [{ answer: null, right, text }], value });
}

function isAnswer(graded) {
  return graded.outcome !== "empty" && graded.outcome !== "not-a-number";
}

// ---------------------------------------------------------------------------------------------------------
// Text

/**
 * Split a question's text: into paragraphs at blank lines, into lines, and each line into parts of plain text and
 * `code`.
 *
 * @returns {{code: boolean, text: string}[][][]}
 */
export function splitText(text) {
  return text.split(/\n\n+/).map((paragraph) =>
    paragraph.split("\n").map((line) =>
      line
        .split("`")
        .map((part, position) => ({ code: position % 2 === 1, text: part }))
        .filter((part) => part.text !== ""),
    ),
  );
}

/** Elements for a text. They are spans, since a legend and a label may hold nothing larger. */
function textElements(text, lang) {
  return splitText(text).map((lines) =>
    element(
      "span",
      { class: "lm-quiz-paragraph", lang },
      lines.flatMap((parts, position) => [
        position > 0 ? element("br") : null,
        ...parts.map((part) => (part.code ? element("code", {}, part.text) : part.text)),
      ]),
    ),
  );
}

// ---------------------------------------------------------------------------------------------------------
// What the browser keeps

/** The page's storage; in a notebook, where there is none, the browser's own, which may be absent or forbidden. */
function answerStorage(site, chapter) {
  const storage = site?.storage ?? {
    get: (key) => globalThis.localStorage.getItem(key),
    set(key, value) {
      try {
        globalThis.localStorage.setItem(key, value);
      } catch {
        // Without storage the answers last as long as the page.
      }
    },
  };
  const keyOf = (question) => `largemodels/quiz/${chapter}/${question.id}`;
  return {
    get(question) {
      try {
        return JSON.parse(storage.get(keyOf(question)));
      } catch {
        return null; // no storage, or something in it that is not ours
      }
    },
    set: (question, response) => storage.set(keyOf(question), JSON.stringify(response)),
  };
}

// ---------------------------------------------------------------------------------------------------------
// The form

function render({ model, el, site }) {
  let listeners;
  const build = () => {
    listeners?.abort();
    listeners = new AbortController();
    el.replaceChildren(quizElement(model, site, listeners.signal));
  };
  build();
  model.on("change:language", build);
  return () => {
    model.off("change:language", build);
    listeners.abort();
  };
}

function quizElement(model, site, signal) {
  const language = model.get("language");
  const strings = STRINGS[language];
  const questions = model.get("questions");
  const storage = answerStorage(site, model.get("chapter"));
  const outcomes = questions.map(() => "empty");

  const progressText = element("span", { role: "status" });
  const progressBar = element("span", { class: "lm-quiz-bar", "aria-hidden": "true" }, element("span"));
  const showProgress = () => {
    const right = outcomes.filter((outcome) => outcome === "right").length;
    setText(progressText, fill(strings.progress, { right, all: questions.length }));
    progressBar.firstChild.style.inlineSize = `${(100 * right) / questions.length}%`;
  };

  const forms = questions.map((question, position) =>
    questionForm(question, { position, language, signal }, (response) => {
      const graded = grade(question, response);
      outcomes[position] = graded.outcome;
      storage.set(question, isAnswer(graded) ? response : null);
      showProgress();
      return graded;
    }),
  );
  const clear = () => forms.forEach((form) => form.clear());
  forms.forEach((form, position) => form.restore(storage.get(questions[position])));
  showProgress();

  const root = element(
    "section",
    { class: "lm-lab lm-quiz", lang: language, "aria-label": strings.title },
    element(
      "div",
      { class: "lm-quiz-head" },
      element("p", { class: "lm-quiz-progress" }, progressText, progressBar),
      button(strings.clear, clear, signal),
    ),
    element(
      "ol",
      { class: "lm-quiz-questions" },
      forms.map((form) => element("li", {}, form.node)),
    ),
  );
  watchTheme(root, signal);
  return root;
}

/**
 * One question as a form.
 *
 * @param {(response) => object} judge  Grades a response and remembers it.
 * @returns {{node: Element, restore: (response) => void, clear: () => void}}
 */
function questionForm(question, { position, language, signal }, judge) {
  const strings = STRINGS[language];
  const inLanguage = (texts) => (language in texts ? textElements(texts[language]) : textElements(texts.en, "en"));
  const controls = question.kind === "number" ? numberControls(strings) : answerControls(question, inLanguage);
  const feedback = element("div", { class: "lm-quiz-feedback", role: "status" });

  const forget = () => {
    feedback.replaceChildren();
    delete feedback.dataset.outcome;
    controls.mark(null);
  };
  const check = () => {
    const response = controls.response();
    const graded = judge(response);
    feedback.dataset.outcome = graded.outcome;
    feedback.replaceChildren(...feedbackElements(question, response, graded, strings, inLanguage));
    controls.mark(graded, strings);
  };
  const node = element(
    "form",
    {
      class: "lm-quiz-question",
      novalidate: true,
      // What is shown is about the response that was checked, so it goes when the response changes.
      oninput: forget,
      onsubmit: (event) => {
        event.preventDefault();
        check();
      },
      signal,
    },
    element(
      "fieldset",
      {},
      element(
        "legend",
        {},
        element(
          "span",
          { class: "lm-quiz-number" },
          `${position + 1}.`,
          element(
            "span",
            { class: "lm-quiz-level", role: "img", "aria-label": fill(strings.difficulty, question) },
            "★".repeat(question.level) + "☆".repeat(3 - question.level),
          ),
        ),
        inLanguage(question.text),
        question.kind === "choices" ? element("span", { class: "lm-quiz-hint" }, strings.several) : null,
      ),
      controls.node,
      element("button", { type: "submit", class: "lm-button lm-quiz-check" }, strings.check),
    ),
    feedback,
  );
  return {
    node,
    restore(response) {
      if (!isAnswer(grade(question, response))) return;
      controls.fill(response);
      check();
    },
    clear() {
      controls.fill(question.kind === "number" ? "" : []);
      judge(null);
      forget();
    },
  };
}

/** Radio buttons or checkboxes. Their name is shared by all forms: a group of radio buttons ends with its form. */
function answerControls(question, inLanguage) {
  const rows = question.answers.map((answer, index) => {
    const input = element("input", {
      type: question.kind === "choice" ? "radio" : "checkbox",
      name: "answer",
      value: answer.id,
    });
    const mark = element("span", { class: "lm-quiz-mark" });
    const words = element("span", { class: "lm-quiz-answer-text" }, inLanguage(answer.text));
    const letter = element("span", { class: "lm-quiz-letter" }, `${letterOf(index)})`);
    return { input, mark, node: element("label", { class: "lm-quiz-answer" }, input, letter, words, mark) };
  });
  return {
    node: element("div", { class: "lm-quiz-answers" }, rows.map((row) => row.node)),
    response: () => rows.filter((row) => row.input.checked).map((row) => row.input.value),
    fill(response) {
      rows.forEach((row) => {
        row.input.checked = response.includes(row.input.value);
      });
    },
    mark(graded, strings) {
      rows.forEach((row) => {
        const entry = graded?.feedback.find(({ answer }) => answer === row.input.value);
        row.node.classList.toggle("lm-right", entry?.right === true);
        row.node.classList.toggle("lm-wrong", entry?.right === false);
        row.mark.replaceChildren(...(entry ? markElements(entry.right, strings) : []));
      });
    },
  };
}

function numberControls(strings) {
  // Not type="number", which reports "0,5" and "1/3" as empty and changes under a mouse wheel.
  const input = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", class: "lm-number" });
  return {
    node: element("label", { class: "lm-quiz-entry" }, element("span", {}, strings.your_answer), input),
    response: () => input.value,
    fill(response) {
      input.value = response;
    },
    mark(graded) {
      if (graded?.outcome === "not-a-number") input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
  };
}

function letterOf(index) {
  return String.fromCharCode("a".charCodeAt(0) + index);
}

function markElements(right, strings) {
  return [
    element("span", { "aria-hidden": "true" }, right ? "✓" : "✗"),
    element("span", { class: "lm-live" }, right ? strings.picked_right : strings.picked_wrong),
  ];
}

/** The verdict, then what there is to say about each picked answer, and after a right one about the others. */
function feedbackElements(question, response, graded, strings, inLanguage) {
  const letter = (identifier) => letterOf(question.answers.findIndex((answer) => answer.id === identifier));
  const entryElement = ({ answer, right, text }) =>
    element(
      "li",
      { class: right ? "lm-right" : "lm-wrong" },
      element("span", { class: "lm-quiz-letter" }, `${letter(answer)})`),
      element("span", {}, inLanguage(text)),
    );
  const key = graded.outcome === "empty" ? `outcome_empty_${question.kind}` : `outcome_${graded.outcome}`;
  const verdict = element("p", { class: "lm-quiz-verdict" }, fill(strings[key], graded));
  if (question.kind === "number") {
    const isPlain = graded.value === null || Number(response) === graded.value;
    const understood = isPlain ? null : element("p", {}, fill(strings.understood, graded));
    const reasons = graded.feedback.map(({ text }) => element("p", {}, inLanguage(text)));
    return [verdict, understood, ...reasons].filter((part) => part !== null);
  }
  if (graded.outcome === "empty") return [verdict];
  const elements = [verdict, element("ul", {}, graded.feedback.map(entryElement))];
  if (graded.outcome === "right") {
    const others = question.answers.filter((answer) => !answer.right);
    elements.push(
      element(
        "details",
        {},
        element("summary", {}, strings.others),
        element(
          "ul",
          {},
          others.map(({ id, feedback }) => entryElement({ answer: id, right: false, text: feedback })),
        ),
      ),
    );
  }
  return elements;
}

export default { render };
