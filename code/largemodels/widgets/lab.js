// What every lab shares. The Python class joins this file in front of the lab's own module, so a browser
// sees one module; under Node a lab's module imports this file as it is.
//
// A lab is written as two parts: a pure function from its settings to all that it shows (numbers and words,
// no page needed, so tests can compare it with NumPy), and a `render` that only wires that to these parts:
//
//     cleanSettings, bindSettings    what the reader can change, checked and kept equal with Python
//     sliderControl, selectControl, numberField, button, linkButton    labelled native controls
//     createReadout                  the line of text that says what is shown
//     linearAxis, logAxis, symlogAxis, drawAxes, watchSize, watchTheme    pictures
//     formatNumber, formatApart, fill    words
//
// All listeners hang on one AbortSignal, which the lab's clean-up aborts.

/** The words that labs share, by language. A lab has such a table of its own. */
export const LAB_STRINGS = {
  en: {
    reset: "Reset",
    copy_link: "Copy link to this setting",
    link_copied: "The link is copied.",
    link_shown: "Link to this setting",
    as_number: "{label}, as a number",
    clamped: "{label} goes from {minimum} to {maximum}: {used} is used.",
    ignored: "{label} was not understood: {used} is kept.",
  },
  zh: {
    reset: "重置",
    copy_link: "复制此设置的链接",
    link_copied: "链接已复制。",
    link_shown: "此设置的链接",
    as_number: "{label}（数值）",
    clamped: "{label}的范围是 {minimum} 到 {maximum}：已改用 {used}。",
    ignored: "无法识别{label}的值：保留 {used}。",
  },
};

// ---------------------------------------------------------------------------------------------------------
// Elements

/** Names that are set as properties of the node; all others become attributes. */
const PROPERTIES = new Set(["textContent", "value", "checked", "selected", "disabled", "hidden", "indeterminate"]);

const CONTROLS = new Set(["button", "input", "select", "summary"]);

/**
 * Make an HTML element.
 *
 *     element("button", { type: "button", class: "lm-button", onclick: reset, signal }, "Reset")
 *
 * @param {string} tag
 * @param {object} attributes  Attributes (`class`, `aria-*`, `data-*`, ...) and the properties named above.
 *   `on<event>` adds a listener, bound to the AbortSignal `signal`, which must come with it: aborting that
 *   signal is how a lab removes all its listeners. An attribute that is `null`, `undefined` or `false` is left
 *   out; `true` sets it empty.
 * @param {...(Node|string|number|null)} children  Appended in order; `null` and `false` are left out.
 */
export function element(tag, attributes = {}, ...children) {
  const node = furnish(document.createElement(tag), attributes, children);
  // JupyterLab would take an arrow key to move between cells. It looks for this mark on the element that has the focus
  // before it looks at what is around it, so the mark must be on every control.
  if (CONTROLS.has(tag)) node.setAttribute("data-lm-suppress-shortcuts", "true");
  return node;
}

/** Make an SVG element; see `element`. */
export function svgElement(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function furnish(node, { signal, ...attributes }, children) {
  const properties = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      if (!signal) throw new Error(`<${node.localName}> has ${name} but no signal to remove it by`);
      node.addEventListener(name.slice(2), value, { signal });
    } else if (PROPERTIES.has(name)) {
      properties.push([name, value]);
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  // Last, because a range clips its value to the bounds it has at that moment.
  for (const [name, value] of properties) node[name] = value;
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Set an element's text, touching the page only if it changes. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// ---------------------------------------------------------------------------------------------------------
// Words and numbers

/** Put values into a text's `{names}`. */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/**
 * Write a number for reading: `digits` significant digits, trailing zeros kept to two decimals (0.10, 7.50),
 * powers of ten below 0.001 and from 100,000, a real minus sign.
 */
export function formatNumber(value, digits = 4) {
  if (value === 0) return "0.00";
  const [, exponentText] = Math.abs(value).toExponential(digits - 1).split("e");
  const exponent = Number(exponentText);
  const sign = value < 0 ? "−" : "";
  if (exponent < -3 || exponent >= 5) {
    const mantissa = Math.abs(value).toExponential(digits - 1).split("e")[0];
    return `${sign}${dropZeros(mantissa, 0)}×${powerOfTen(exponent)}`;
  }
  const decimals = Math.max(0, digits - 1 - exponent);
  return sign + dropZeros(Math.abs(value).toFixed(decimals), Math.min(2, decimals));
}

function dropZeros(text, keptDecimals) {
  const [whole, decimals = ""] = text.split(".");
  const kept = decimals.replace(/0+$/, "").padEnd(keptDecimals, "0");
  return kept ? `${whole}.${kept}` : whole;
}

/** Write two numbers with as many digits as it takes to tell them apart; equal ones look equal. */
export function formatApart(first, second) {
  for (let digits = 4; digits < 17; digits += 1) {
    const texts = [formatNumber(first, digits), formatNumber(second, digits)];
    if (first === second || texts[0] !== texts[1]) return texts;
  }
  return [formatNumber(first, 17), formatNumber(second, 17)];
}

/** Write 10ⁿ. */
export function powerOfTen(exponent) {
  const raised = [...String(exponent)].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]));
  return `10${raised.join("")}`;
}

// ---------------------------------------------------------------------------------------------------------
// Settings

/**
 * Check what was asked for (by a field, a page's address, or Python) against a lab's settings.
 *
 * @param {object} schema  By name: `{ choices }`, or `{ minimum, maximum }` with `whole: true` for whole
 *   numbers and `size: 2` for a pair. A pair may come as text, "1.5,-0.5".
 * @param {object} asked  Values by name, numbers or text; names outside the schema are left alone.
 * @param {object} current  Values kept where the one asked for makes no sense.
 * @returns {{ settings: object, problems: Array<{ name: string, kind: "clamped" | "ignored" }> }}
 */
export function cleanSettings(schema, asked, current) {
  const settings = { ...current };
  const problems = [];
  for (const [name, rule] of Object.entries(schema)) {
    if (asked[name] === undefined || asked[name] === null) continue;
    if (rule.choices) {
      if (rule.choices.includes(asked[name])) settings[name] = asked[name];
      else problems.push({ name, kind: "ignored" });
      continue;
    }
    const parts = rule.size ? listOf(asked[name]) : [asked[name]];
    const numbers = parts.map(toNumber);
    if (numbers.length !== (rule.size ?? 1) || numbers.some(Number.isNaN)) {
      problems.push({ name, kind: "ignored" });
      continue;
    }
    const used = numbers.map((number) => {
      const clamped = Math.min(rule.maximum, Math.max(rule.minimum, number));
      return rule.whole ? Math.round(clamped) : clamped + 0; // + 0 turns -0 into 0
    });
    if (used.some((number, i) => number !== numbers[i])) problems.push({ name, kind: "clamped" });
    settings[name] = rule.size ? used : used[0];
  }
  return { settings, problems };
}

function listOf(asked) {
  return typeof asked === "string" ? asked.split(",") : Array.isArray(asked) ? asked : [];
}

function toNumber(asked) {
  if (typeof asked === "number") return asked;
  return typeof asked === "string" && asked.trim() !== "" ? Number(asked) : NaN;
}

/** Say what `cleanSettings` had to change. `strings` names each setting, and each choice as `setting_choice`. */
export function describeProblems(problems, schema, settings, strings, language) {
  return problems
    .map(({ name, kind }) => {
      const { choices, minimum, maximum } = schema[name];
      const value = settings[name];
      const used = choices ? strings[`${name}_${value}`] : [value].flat().join(", ").replaceAll("-", "−");
      return fill(LAB_STRINGS[language][kind], { label: strings[name], minimum, maximum, used });
    })
    .join(" ");
}

/**
 * Keep a lab's settings equal with its model, in both directions.
 *
 * Changes by the reader take effect at once and reach the model once a frame, so that a drag does not
 * flood a kernel.
 *
 * @param {object} options
 * @param {object} options.model  anywidget's model.
 * @param {object} options.schema  See `cleanSettings`.
 * @param {function(Array)} options.onChange  Called after any change of `current`, with the problems that
 *   `cleanSettings` found in what the reader asked for.
 * @param {AbortSignal} options.signal
 * @returns {{ current: object, initial: object, change: function(object) }}
 *   `initial` is what the lab was made with, for a reset. `change` takes new values by name.
 */
export function bindSettings({ model, schema, onChange, signal }) {
  const names = Object.keys(schema);
  const fromModel = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const binding = { current: fromModel(), initial: { ...fromModel(), ...model.get("initial") }, change };
  const unsaved = new Set();
  let frame = 0;

  function save() {
    cancelAnimationFrame(frame);
    frame = 0;
    if (!unsaved.size) return;
    for (const name of unsaved) model.set(name, binding.current[name]);
    unsaved.clear();
    model.save_changes();
  }

  function change(asked) {
    const { settings, problems } = cleanSettings(schema, asked, binding.current);
    const changed = names.filter((name) => String(settings[name]) !== String(binding.current[name]));
    binding.current = settings;
    for (const name of changed) unsaved.add(name);
    if (changed.length && !frame) frame = requestAnimationFrame(save);
    onChange(problems);
  }

  function followModel() {
    const asked = fromModel();
    for (const name of unsaved) delete asked[name]; // the reader's own change is newer
    const { settings } = cleanSettings(schema, asked, binding.current);
    const differs = names.some((name) => String(settings[name]) !== String(binding.current[name]));
    binding.current = settings;
    if (differs) onChange([]);
  }

  for (const name of names) model.on(`change:${name}`, followModel);
  signal.addEventListener("abort", () => {
    for (const name of names) model.off(`change:${name}`, followModel);
    save();
  });
  return binding;
}

// ---------------------------------------------------------------------------------------------------------
// Controls

/**
 * A labelled slider with a number field for exact values.
 *
 * While a value is being typed, it takes effect as soon as it is allowed; what is left in the field at the
 * end is clamped, and `onChange` reports it like any other value.
 *
 * @param {object} options
 * @param {string} options.label
 * @param {object} options.axis  `linearAxis` or `logAxis`: how the slider's travel maps to values.
 * @param {number} options.positions  How many steps the slider's travel has.
 * @param {function(number): number} options.round  Rounds what the slider says to a handsome number.
 * @param {number} options.step  Step of the number field's arrows.
 * @param {string} options.language
 * @param {function(number|string)} options.onChange  Called with the value; a final text of the number field
 *   comes as it is, to be clamped by `cleanSettings`.
 * @param {AbortSignal} options.signal
 * @returns {{ node: HTMLElement, show: function(number), disable: function(string|null, string) }}
 *   `disable(reason, label)` switches the control off, saying why, or on if the reason is null.
 */
export function sliderControl({ label, axis, positions, round, step, language, onChange, signal }) {
  const name = element("span", { class: "lm-control-name" }, label);
  const reasonNode = element("span", { class: "lm-control-reason" });
  const slider = element("input", {
    type: "range",
    class: "lm-slider",
    min: 0,
    max: positions,
    step: 1,
    oninput: () => onChange(round(axis.value(Number(slider.value) / positions))),
    signal,
  });
  const field = numberField({ ...axis, step, onChange, signal });
  setFieldLabel(label);
  const labelled = element("label", { class: "lm-slider-label" }, name, reasonNode, slider);
  const node = element("div", { class: "lm-control" }, labelled, field.node);

  function setFieldLabel(text) {
    field.node.setAttribute("aria-label", fill(LAB_STRINGS[language].as_number, { label: text }));
  }

  function show(value) {
    field.show(value);
    const position = String(Math.round(axis.position(value) * positions));
    if (slider.value !== position) slider.value = position;
    slider.setAttribute("aria-valuetext", String(value));
  }

  function disable(reason, newLabel = label) {
    slider.disabled = field.node.disabled = reason !== null;
    setText(reasonNode, reason ?? "");
    setText(name, newLabel);
    setFieldLabel(newLabel);
  }

  return { node, show, disable };
}

/** A bare number field; label it by the attribute `aria-label` or a `<label>` around `node`. */
export function numberField({ minimum, maximum, step, onChange, signal, ...attributes }) {
  const node = element("input", {
    type: "number",
    class: "lm-number",
    min: minimum,
    max: maximum,
    step,
    inputmode: minimum < 0 ? null : "decimal", // some phones' decimal keyboards have no minus sign
    oninput: () => {
      const value = node.valueAsNumber;
      if (value >= minimum && value <= maximum) onChange(value);
    },
    // A field that holds no number reads as empty text, which is ignored and said.
    onchange: () => onChange(node.value === "" ? "?" : node.value),
    signal,
    ...attributes,
  });
  return {
    node,
    show(value) {
      if (node.valueAsNumber !== value) node.value = String(value);
    },
  };
}

/** A labelled native select. `options` is a list of `[value, text]`. */
export function selectControl({ label, options, onChange, signal }) {
  const select = element(
    "select",
    { class: "lm-select", onchange: () => onChange(select.value), signal },
    options.map(([value, text]) => element("option", { value }, text)),
  );
  const node = element("label", { class: "lm-control" }, element("span", { class: "lm-control-name" }, label), select);
  return {
    node,
    show(value) {
      if (select.value !== value) select.value = value;
    },
  };
}

/** A plain button. */
export function button(text, onclick, signal, attributes = {}) {
  return element("button", { type: "button", class: "lm-button", onclick, signal, ...attributes }, text);
}

/**
 * A button that copies the page's address with the lab's setting; null where there is no page of ours.
 *
 * @param {object|undefined} site  What the site's loader passes to `render`.
 * @param {function(): object} settings  Current settings; pairs become "1.5,-0.5".
 */
export function linkButton(site, settings, language, signal) {
  if (!site) return null;
  const strings = LAB_STRINGS[language];
  const said = element("span", { class: "lm-said", role: "status" });
  async function copy() {
    const asText = Object.entries(settings()).map(([name, value]) => [name, String(value)]);
    const link = site.link(Object.fromEntries(asText));
    try {
      await navigator.clipboard.writeText(link);
      said.textContent = strings.link_copied;
    } catch {
      // No clipboard (a page opened from disk, a refused permission): show the link to copy by hand.
      const label = strings.link_shown;
      const field = element("input", { class: "lm-link", readonly: true, value: link, "aria-label": label });
      said.replaceChildren(field);
      field.select();
    }
  }
  return element("span", { class: "lm-link-control" }, button(strings.copy_link, copy, signal), said);
}

/**
 * The line that says in words what the lab shows.
 *
 * The visible text follows at once. Screen readers hear it from a second, hidden node that waits until
 * the reader pauses: a drag would flood them.
 *
 * @returns {{ node: HTMLElement, show: function(string, string, string) }}  `show(text, tone, notice)`: the
 *   text's first words, up to a colon, stand out; the tone, "good", "bad" or "open", only colours the edge;
 *   the notice is a remark about the input, such as a clamped value.
 */
export function createReadout(signal) {
  const noticeNode = element("strong", { class: "lm-notice" });
  const leadNode = element("strong", {});
  const restNode = element("span", {});
  const line = element("p", { class: "lm-readout" }, noticeNode, leadNode, restNode);
  const live = element("div", { class: "lm-live", role: "status", "aria-live": "polite" });
  let timer = 0;
  let announced = null;
  signal.addEventListener("abort", () => clearTimeout(timer));

  return {
    node: element("div", { class: "lm-readout-row" }, line, live),
    show(text, tone = "open", notice = "") {
      const leadLength = text.search(/[:：]/) + 1;
      line.dataset.tone = tone;
      setText(noticeNode, notice && `${notice} `);
      setText(leadNode, text.slice(0, leadLength));
      setText(restNode, text.slice(leadLength));
      const said = line.textContent;
      if (announced === null) announced = said; // what a page opens with is read in its place
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (said !== announced) setText(live, said);
        announced = said;
      }, 600);
    },
  };
}

// ---------------------------------------------------------------------------------------------------------
// Pictures

/**
 * Axes map values to a position from 0 to 1 (`position`) and back (`value`), and choose `ticks(most)`:
 * a list of `{ value, label }`.
 */
export function linearAxis(minimum, maximum) {
  const span = maximum - minimum;
  return {
    minimum,
    maximum,
    position: (value) => (value - minimum) / span,
    value: (position) => minimum + position * span,
    ticks(most) {
      const rough = span / most;
      const power = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999);
      const first = Math.ceil(minimum / step - 1e-9);
      const count = Math.floor(maximum / step + 1e-9) - first;
      return Array.from({ length: count + 1 }, (_, i) => {
        const value = Number(((first + i) * step).toPrecision(12)) + 0;
        return { value, label: String(value).replace("-", "−") };
      });
    },
  };
}

/** A logarithmic axis; values at or below `minimum` stand at its end. */
export function logAxis(minimum, maximum) {
  const low = Math.log10(minimum);
  const span = Math.log10(maximum) - low;
  return {
    minimum,
    maximum,
    position: (value) => (value <= minimum ? 0 : (Math.log10(value) - low) / span),
    value: (position) => 10 ** (low + position * span),
    ticks(most) {
      const first = Math.ceil(low - 1e-9);
      const decades = Math.floor(low + span + 1e-9) - first;
      const step = Math.max(1, Math.ceil(decades / most));
      return Array.from({ length: Math.floor(decades / step) + 1 }, (_, i) => {
        const exponent = first + i * step;
        return { value: 10 ** exponent, label: powerOfTen(exponent) };
      });
    },
  };
}

/** An axis for values of both signs over many sizes: logarithmic in |value|, linear below `threshold`. */
export function symlogAxis(minimum, maximum, threshold) {
  const bend = (value) => Math.sign(value) * Math.log10(1 + Math.abs(value) / threshold);
  const unbend = (bent) => Math.sign(bent) * threshold * (10 ** Math.abs(bent) - 1);
  const low = bend(minimum);
  const span = bend(maximum) - low;
  return {
    minimum,
    maximum,
    position: (value) => (bend(value) - low) / span,
    value: (position) => unbend(low + position * span),
    ticks(most) {
      const first = Math.round(Math.log10(threshold)) + 1;
      const decades = Math.ceil(Math.log10(Math.max(-minimum, maximum, threshold * 10))) - first + 1;
      const step = Math.max(1, Math.ceil((decades * span) / Math.max(Math.abs(low), Math.abs(low + span)) / most));
      const ticks = [{ value: 0, label: "0" }];
      for (let exponent = first; exponent < first + decades; exponent += step) {
        const size = 10 ** exponent;
        const label = Math.abs(exponent) <= 3 ? String(size) : powerOfTen(exponent);
        if (size <= maximum) ticks.push({ value: size, label });
        if (-size >= minimum) ticks.unshift({ value: -size, label: `−${label}` });
      }
      return ticks;
    },
  };
}

/**
 * Draw the frame, ticks, labels and titles of a picture into an SVG group, replacing what was there.
 *
 * @param {SVGGElement} group
 * @param {{ left, top, width, height }} area  The picture's inside, in pixels.
 * @param {object} x  An axis; y likewise.
 * @param {{ xTitle: string, yTitle: string, grid: boolean }} options
 */
export function drawAxes(group, area, x, y, { xTitle, yTitle, grid = false }) {
  const right = area.left + area.width;
  const bottom = area.top + area.height;
  const lines = [];
  const labels = [];
  for (const { value, label } of x.ticks(Math.max(2, Math.floor(area.width / 60)))) {
    const across = area.left + x.position(value) * area.width;
    lines.push(`M${across.toFixed(1)},${bottom}v4`);
    labels.push(svgElement("text", { class: "lm-tick", x: across, y: bottom + 17, "text-anchor": "middle" }, label));
  }
  const gridLines = [];
  for (const { value, label } of y.ticks(Math.max(2, Math.floor(area.height / 40)))) {
    const down = bottom - y.position(value) * area.height;
    lines.push(`M${area.left},${down.toFixed(1)}h-4`);
    gridLines.push(`M${area.left},${down.toFixed(1)}h${area.width}`);
    labels.push(svgElement("text", { class: "lm-tick", x: area.left - 8, y: down + 4, "text-anchor": "end" }, label));
  }
  const title = (text, transform) =>
    svgElement("text", { class: "lm-title", "text-anchor": "middle", transform }, text);
  group.replaceChildren(
    svgElement("path", { class: "lm-grid", d: grid ? gridLines.join("") : "" }),
    svgElement("path", { class: "lm-axis", d: `M${area.left},${area.top}V${bottom}H${right}${lines.join("")}` }),
    ...labels,
    title(xTitle, `translate(${area.left + area.width / 2} ${bottom + 34})`),
    title(yTitle, `translate(13 ${area.top + area.height / 2}) rotate(-90)`),
  );
}

/** Call `onSize(width, height)` with an element's inner size, now known or later changed. */
export function watchSize(node, signal, onSize) {
  const observer = new ResizeObserver(() => {
    if (node.clientWidth && node.clientHeight) onSize(node.clientWidth, node.clientHeight);
  });
  observer.observe(node);
  signal.addEventListener("abort", () => observer.disconnect());
}

/**
 * Keep `data-lm-theme` of a lab's root at "light" or "dark", as the page around it is: our site, JupyterLab,
 * VS Code and Colab each mark their theme in their own way; otherwise the system's preference holds.
 *
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 * @param {function()} onChange  Called after a change, for what is drawn in colours of its own.
 */
export function watchTheme(root, signal, onChange = () => {}) {
  const preference = matchMedia("(prefers-color-scheme: dark)");
  function pageIsDark() {
    const { dataset: page, attributes } = document.documentElement;
    const body = document.body.dataset;
    if (page.theme === "dark" || page.theme === "light") return page.theme === "dark";
    if (body.jpThemeLight) return body.jpThemeLight === "false";
    if (body.vscodeThemeKind) return !body.vscodeThemeKind.includes("light");
    if (attributes.theme) return attributes.theme.value === "dark";
    return preference.matches;
  }
  function update() {
    const theme = pageIsDark() ? "dark" : "light";
    if (root.dataset.lmTheme === theme) return;
    root.dataset.lmTheme = theme;
    onChange();
  }
  const observer = new MutationObserver(update);
  const attributeFilter = ["data-theme", "data-jp-theme-light", "data-vscode-theme-kind", "theme"];
  observer.observe(document.documentElement, { attributeFilter });
  observer.observe(document.body, { attributeFilter });
  preference.addEventListener("change", update, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
  root.dataset.lmTheme = pageIsDark() ? "dark" : "light";
}

/** The value of one of the style sheet's colours as [red, green, blue]; it must be written #rrggbb. */
export function themeColour(root, name) {
  const hex = getComputedStyle(root).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}
