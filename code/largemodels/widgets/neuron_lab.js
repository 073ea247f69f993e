// NeuronLab: what one neuron computes, and what its line can and cannot tell apart (front page, chapter 1).
//
// `describe` is the lab: a pure function from the settings and the points to everything shown. It computes the same
// things as largemodels/neuron.py, in the same order of operations, and tests hold the two equal.

import { bindSettings, button, createReadout, describeProblems, drawAxes, element, fill, formatNumber, LAB_STRINGS, linearAxis, linkButton, selectControl, setText, sliderControl, svgElement, themeColour, watchSize, watchTheme } from "./lab.js";

export const STRINGS = {
  en: {
    title: "One-neuron lab",
    // Controls
    dataset: "Points",
    dataset_tumours: "tumours",
    dataset_digits: "digits 0 and 1",
    dataset_and: "AND",
    dataset_or: "OR",
    dataset_xor: "XOR",
    activation: "Activation f",
    activation_step: "step",
    activation_sigmoid: "sigmoid",
    activation_tanh: "tanh",
    activation_relu: "ReLU",
    activation_identity: "identity (none)",
    w1: "Weight w₁",
    w2: "Weight w₂",
    b: "Bias b",
    one_step: "One gradient step",
    train: "Train",
    stop: "Stop",
    // The data
    tumours_x1: "x₁: largest radius",
    tumours_x2: "x₂: largest texture",
    tumours_one: "malignant",
    tumours_zero: "benign",
    tumours_about: "{count} real breast tumours: radius and texture (how uneven the grey is) of their cell nuclei, the mean of the three largest, in standard deviations from the average tumour.",
    digits_x1: "x₁: ink in the whole image",
    digits_x2: "x₂: ink in the middle",
    digits_one: "digit 1",
    digits_zero: "digit 0",
    digits_about: "{count} real handwritten digits, measured in standard deviations from the average image. A 0 has much ink and an empty middle.",
    and_x1: "x₁",
    and_x2: "x₂",
    and_one: "1 (true)",
    and_zero: "0 (false)",
    and_about: "AND is 1 only where both inputs are 1.",
    or_x1: "x₁",
    or_x2: "x₂",
    or_one: "1 (true)",
    or_zero: "0 (false)",
    or_about: "OR is 1 where at least one input is 1.",
    xor_x1: "x₁",
    xor_x2: "x₂",
    xor_one: "1 (true)",
    xor_zero: "0 (false)",
    xor_about: "XOR is 1 where exactly one input is 1. One neuron cannot compute it.",
    // Legend
    wrong_mark: "on the wrong side",
    output_scale: "output f(z)",
    hint: "Drag the line or its arrow.",
    // Arithmetic
    point: "Point {number} of {count}: {class}",
    sum_products: "= {p1} {s2} {p2} {s3} {bias} = {z}",
    sum_output: "f(z) = {output}; the target is {target}",
    says_right: "z {sign} 0 says {answer}: right",
    says_wrong: "z {sign} 0 says {answer}: wrong",
    formula_step: "f(z) = 1 where z > 0, else 0; targets 0 and 1.",
    formula_sigmoid: "f(z) = 1 / (1 + e⁻ᶻ), one half on the line; targets 0 and 1.",
    formula_tanh: "f(z) = tanh z, zero on the line; targets −1 and 1.",
    formula_relu: "f(z) = max(0, z), made for hidden layers; targets 0 and 1.",
    formula_identity: "f(z) = z, the sum itself; targets −1 and 1.",
    // Readout
    separates: "All {count} right: this line separates the two classes.",
    as_good_as_a_line_gets: "{right} of {count} right: as many as any line gets here.",
    in_between: "{right} of {count} right: the best line gets {most}.",
    no_better_than_constant: "{right} of {count} right: calling every point {common} gets {frequent}, the best line {most}.",
    no_line: "No line: both weights are 0, so every point has the sum {z} and is called {answer}. {right} of {count} are right.",
    outside: "Line outside the picture: every point is called {answer}, {right} of {count} are right. The best line gets {most}.",
    turned: "With all signs turned it gets {turned}.",
    xor_limit: "{right} of {count} right: no line gets more than {most}, because the diagonal of the 1s crosses that of the 0s.",
    loss_cross_entropy: "Loss (mean cross-entropy): {loss}.",
    loss_squared_error: "Loss (mean squared error): {loss}.",
    loss_relu: "Loss (mean squared error; it wants 0 and 1, not just the right side): {loss}.",
    between_sentences: " ",
    // Training
    training_moves: "Its slopes along w₁, w₂, b are {g1}, {g2}, {g3}; a step moves each by −{rate} times its slope.",
    training_at_rest: "Its slopes along w₁, w₂, b are {g1}, {g2}, {g3}: so flat that a step moves nothing.",
    training_at_limit: "Its slopes along w₁, w₂, b are {g1}, {g2}, {g3}; a step would lead out of the range from −10 to 10.",
    training_dead: "Every z ≤ 0, where ReLU is flat: a dead unit, which no step can move.",
    training_no_slope: "A step function is flat but for its jump, so there is no slope to follow and nothing to train by.",
    taken: "Steps taken: {taken}.",
    // Labels of the picture and its handles
    plane_label:
      "Points over {x1} and {x2}: {ones} {one}, {zeros} {zero}. {line} The shading shows the output, from {low} to {high}.",
    line_inside: "The line runs from ({a1}, {a2}) to ({b1}, {b2}); the side of {one} has the larger sums.",
    line_outside: "The line lies outside.",
    line_none: "There is no line.",
    neuron_label: "The neuron with the chosen point: inputs {x1} and {x2}, weights {w1} and {w2}, bias {b}, sum {z}, output {output}.",
    point_handle: "{point}, x₁ = {x1}, x₂ = {x2}, z = {z}; the arrow keys go to the next point in their direction",
    line_handle: "Line, b = {b}; the arrow keys move it, with Shift further",
    arrow_handle: "Weights as an arrow, w₁ = {w1}, w₂ = {w2}; left and right turn it, up and down change its length",
  },
  zh: {
    title: "单神经元实验",
    dataset: "数据点",
    dataset_tumours: "肿瘤",
    dataset_digits: "手写数字 0 和 1",
    dataset_and: "与（AND）",
    dataset_or: "或（OR）",
    dataset_xor: "异或（XOR）",
    activation: "激活函数 f",
    activation_step: "阶跃函数",
    activation_sigmoid: "sigmoid 函数",
    activation_tanh: "双曲正切 tanh",
    activation_relu: "ReLU 函数",
    activation_identity: "恒等（无激活）",
    w1: "权重 w₁",
    w2: "权重 w₂",
    b: "偏置 b",
    one_step: "走一步梯度下降",
    train: "训练",
    stop: "停止",
    tumours_x1: "x₁：最大半径",
    tumours_x2: "x₂：最大纹理值",
    tumours_one: "恶性",
    tumours_zero: "良性",
    tumours_about: "{count} 例真实的乳腺肿瘤：细胞核半径与纹理（灰度的不均匀程度），各取最大三个的平均值，以相对平均肿瘤的标准差为单位。",
    digits_x1: "x₁：整幅图像的墨量",
    digits_x2: "x₂：图像中央的墨量",
    digits_one: "数字 1",
    digits_zero: "数字 0",
    digits_about: "{count} 个真实的手写数字，以相对平均图像的标准差为单位。0 的墨多而中央空白。",
    and_x1: "输入 x₁",
    and_x2: "输入 x₂",
    and_one: "1（真）",
    and_zero: "0（假）",
    and_about: "只有两个输入都为 1 时，“与”才为 1。",
    or_x1: "输入 x₁",
    or_x2: "输入 x₂",
    or_one: "1（真）",
    or_zero: "0（假）",
    or_about: "至少一个输入为 1 时，“或”为 1。",
    xor_x1: "输入 x₁",
    xor_x2: "输入 x₂",
    xor_one: "1（真）",
    xor_zero: "0（假）",
    xor_about: "恰有一个输入为 1 时，“异或”为 1。一个神经元算不出它。",
    wrong_mark: "在错误的一侧",
    output_scale: "输出 f(z)",
    hint: "可以拖动直线和箭头。",
    point: "第 {number} 个点，共 {count} 个：{class}",
    sum_products: "＝ {p1} {s2} {p2} {s3} {bias} ＝ {z}",
    sum_output: "f(z) ＝ {output}；目标是 {target}",
    says_right: "z {sign} 0，判为{answer}：正确",
    says_wrong: "z {sign} 0，判为{answer}：错误",
    formula_step: "z > 0 时 f(z) = 1，否则为 0；目标是 0 和 1。",
    formula_sigmoid: "f(z) = 1 / (1 + e⁻ᶻ)，在直线上为二分之一；目标是 0 和 1。",
    formula_tanh: "f(z) = tanh z，在直线上为零；目标是 −1 和 1。",
    formula_relu: "f(z) = max(0, z)，用于隐藏层；目标是 0 和 1。",
    formula_identity: "f(z) = z，就是和本身；目标是 −1 和 1。",
    separates: "{count} 个点全部正确：这条直线把两类分开了。",
    as_good_as_a_line_gets: "{count} 个点中 {right} 个正确：对这些点，任何直线最多也只能做到这样。",
    in_between: "{count} 个点中 {right} 个正确：最好的直线能做到 {most} 个。",
    no_better_than_constant: "{count} 个点中 {right} 个正确：全部判为{common}有 {frequent} 个正确，最好的直线有 {most} 个。",
    no_line: "没有直线：两个权重都为 0，每个点的和都是 {z}，都判为{answer}。{count} 个点中 {right} 个正确。",
    outside: "直线在图外：所有点都判为{answer}，{count} 个点中 {right} 个正确。最好的直线能做到 {most} 个。",
    turned: "把所有符号取反，就有 {turned} 个正确。",
    xor_limit: "{count} 个点中 {right} 个正确：任何直线最多做对 {most} 个，因为两个 1 的对角线与两个 0 的对角线相交。",
    loss_cross_entropy: "损失（平均交叉熵）：{loss}。",
    loss_squared_error: "损失（平均平方误差）：{loss}。",
    loss_relu: "损失（平均平方误差；它要求 0 和 1，而不只是正确的一侧）：{loss}。",
    between_sentences: "",
    training_moves: "它沿 w₁、w₂、b 的斜率是 {g1}、{g2}、{g3}；走一步，各移动斜率的 −{rate} 倍。",
    training_at_rest: "它沿 w₁、w₂、b 的斜率是 {g1}、{g2}、{g3}：太平，走一步也不会移动。",
    training_at_limit: "它沿 w₁、w₂、b 的斜率是 {g1}、{g2}、{g3}；再走一步就会超出 −10 到 10 的范围。",
    training_dead: "所有点都有 z ≤ 0，ReLU 在那里是平的：神经元“死亡”，任何一步都无法移动它。",
    training_no_slope: "阶跃函数除跳跃处外都是平的：没有斜率可循，无法这样训练。",
    taken: "已走步数：{taken}。",
    plane_label: "{x1}与{x2}平面上的点：{one} {ones} 个，{zero} {zeros} 个。{line}底色表示输出，从 {low} 到 {high}。",
    line_inside: "直线从 ({a1}, {a2}) 到 ({b1}, {b2})；{one}一侧的和较大。",
    line_outside: "直线在图外。",
    line_none: "没有直线。",
    neuron_label: "神经元与所选的点：输入 {x1} 和 {x2}，权重 {w1} 和 {w2}，偏置 {b}，和 {z}，输出 {output}。",
    point_handle: "{point}，x₁ = {x1}，x₂ = {x2}，z = {z}；方向键转到该方向的下一个点",
    line_handle: "直线，b = {b}；用方向键移动，按住 Shift 移动得更远",
    arrow_handle: "权重箭头，w₁ = {w1}，w₂ = {w2}；左右键转动，上下键改变长度",
  },
};

/** The settings, their ranges and choices, as the Python class has them. */
export const SCHEMA = {
  dataset: { choices: ["tumours", "digits", "and", "or", "xor"] },
  w1: { minimum: -10, maximum: 10 },
  w2: { minimum: -10, maximum: 10 },
  b: { minimum: -10, maximum: 10 },
  activation: { choices: ["step", "sigmoid", "tanh", "relu", "identity"] },
};

export const LEARNING_RATE = 0.3;
const LARGEST_WEIGHT = 10;
const TRAINING_STEPS = 300; // how many steps a press of the button takes at most
const STEPS_PER_SECOND = 60;

// ---------------------------------------------------------------------------------------------------------
// The neuron

/** 1 / (1 + e⁻ᶻ), multiplied through so that no exponent is ever positive. */
const sigmoid = (z) => Math.exp(Math.min(z, 0)) / (1 + Math.exp(-Math.abs(z)));

/**
 * By activation: `f`, its `targets` for class 0 and 1, `dz` (the slope of a point's loss along z), what the shading
 * shows (`share`, from -1 for the colour of class 0 over 0 to 1 for that of class 1), the sums between which the
 * shading changes, and the ends of its scale in words.
 */
const ACTIVATIONS = {
  step: {
    f: (z) => (z > 0 ? 1 : 0),
    targets: [0, 1],
    share: (output) => 2 * output - 1,
    stops: [-1, 0, 1e-9, 1],
    ends: ["0", "1"],
  },
  sigmoid: {
    f: sigmoid,
    targets: [0, 1],
    dz: (output, target) => output - target,
    share: (output) => 2 * output - 1,
    stops: Array.from({ length: 25 }, (_, i) => (i - 12) / 2),
    ends: ["0", "1"],
  },
  tanh: {
    f: Math.tanh,
    targets: [-1, 1],
    dz: (output, target) => 2 * (output - target) * (1 - output * output),
    share: (output) => output,
    stops: Array.from({ length: 25 }, (_, i) => (i - 12) / 4),
    ends: ["−1", "1"],
  },
  relu: {
    f: (z) => Math.max(z, 0),
    targets: [0, 1],
    dz: (output, target, z) => 2 * (output - target) * (z > 0 ? 1 : 0),
    share: (output) => Math.min(1, output / 3),
    stops: [0, 3],
    ends: ["0", "≥ 3"],
  },
  identity: {
    f: (z) => z,
    targets: [-1, 1],
    dz: (output, target) => 2 * (output - target),
    share: (output) => Math.max(-1, Math.min(1, output / 3)),
    stops: [-3, 3],
    ends: ["≤ −3", "≥ 3"],
  },
};

const sumsOf = ({ w1, w2, b }, { x1, x2 }) => x1.map((x, i) => w1 * x + w2 * x2[i] + b);

const inOrder = (values) => values.reduce((sum, value) => sum + value);

/** The loss of one point: cross-entropy, from z so that it stays finite, or squared error. */
function lossOf(activation, z, y) {
  if (activation === "sigmoid") return Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z)));
  const { f, targets } = ACTIVATIONS[activation];
  const error = f(z) - targets[y];
  return error * error;
}

/** ∂L/∂w₁, ∂L/∂w₂, ∂L/∂b of the mean loss; null for the step. */
export function lossGradient(settings, data) {
  const { f, targets, dz } = ACTIVATIONS[settings.activation];
  if (!dz) return null;
  const z = sumsOf(settings, data);
  const slopes = z.map((sum, i) => dz(f(sum), targets[data.y[i]], sum));
  return [data.x1, data.x2, null].map((x) => inOrder(slopes.map((slope, i) => slope * (x ? x[i] : 1))) / z.length + 0);
}

/** w₁, w₂, b after a step of η = 0.3, to four decimals and within the range; null for the step. */
export function gradientStep(settings, data) {
  const gradient = lossGradient(settings, data);
  if (!gradient) return null;
  return aheadOf(settings, gradient).map(
    (value) => Math.min(LARGEST_WEIGHT, Math.max(-LARGEST_WEIGHT, Math.floor(value * 10000 + 0.5) / 10000)) + 0,
  );
}

const weightsOf = ({ w1, w2, b }) => [w1, w2, b];

const aheadOf = (settings, gradient) => weightsOf(settings).map((weight, i) => weight - LEARNING_RATE * gradient[i]);

function trainingOf(settings, z, gradient, next) {
  if (!gradient) return "no_slope";
  if (settings.activation === "relu" && !z.some((sum) => sum > 0)) return "dead";
  if (next.some((weight, i) => weight !== weightsOf(settings)[i])) return "moves";
  return aheadOf(settings, gradient).some((value) => Math.abs(value) > LARGEST_WEIGHT) ? "at_limit" : "at_rest";
}

/** Whether the line z = 0 crosses the window, and the two ends of it there. */
function visibleLine({ w1, w2, b }, window) {
  if (w1 === 0 && w2 === 0) return { line: "none", segment: null };
  const [low, high] = window;
  const corners = window.flatMap((x1) => window.map((x2) => w1 * x1 + w2 * x2 + b));
  if (Math.min(...corners) > 0 || Math.max(...corners) < 0) return { line: "outside", segment: null };
  // Along the coordinate that has the smaller weight, the other one changes no faster than it does.
  const steep = Math.abs(w1) > Math.abs(w2);
  const [along, across] = steep ? [w2, w1] : [w1, w2];
  const [first, last] = window.map((end) => -(along * end + b) / across + 0);
  let [enter, leave] = [0, 1];
  if (first !== last) {
    const crossings = [(low - first) / (last - first), (high - first) / (last - first)];
    enter = Math.max(enter, Math.min(...crossings));
    leave = Math.min(leave, Math.max(...crossings));
  }
  leave = Math.max(enter, leave);
  const ends = [enter, leave].map((share) => [
    low + share * (high - low),
    Math.min(high, Math.max(low, first + share * (last - first))),
  ]);
  return { line: "inside", segment: steep ? ends.map(([u, v]) => [v, u]) : ends };
}

// An arrow's length in the picture, as a share of the window: it grows with the root of |w|, so that weights of 0.1
// and of 10 can both be seen and dragged.
const SHORTEST_ARROW = 0.07;
const ARROW_PER_ROOT = 0.07;
const MARGIN = 0.05; // the share of the window that handles keep from its edge
const SMALLEST_DRAGGED = 0.05; // |w| below which dragging the arrow does not go: it would lose its direction

/**
 * Where the arrow of the weights stands. It starts on the line, as near to `grip` as the visible part allows, or at
 * the middle where there is none, and is moved back along itself where its head would come too near the edge.
 */
function arrowOf({ w1, w2 }, window, segment, grip) {
  const [low, high] = window;
  const span = high - low;
  const middle = (low + high) / 2;
  let foot = [middle, middle];
  if (segment) {
    const [[a1, a2], [b1, b2]] = segment;
    const squared = (b1 - a1) * (b1 - a1) + (b2 - a2) * (b2 - a2);
    const share = squared > 0 ? ((grip[0] - a1) * (b1 - a1) + (grip[1] - a2) * (b2 - a2)) / squared : 0;
    const kept = Math.min(1 - MARGIN, Math.max(MARGIN, share));
    foot = [a1 + kept * (b1 - a1), a2 + kept * (b2 - a2)];
  }
  const largest = Math.max(Math.abs(w1), Math.abs(w2));
  if (largest === 0) return { foot, tail: foot, head: foot };
  const relative = Math.hypot(w1 / largest, w2 / largest); // so that even the smallest numbers give a direction
  const unit = [w1 / largest / relative, w2 / largest / relative];
  const norm = largest * relative;
  const length = span * (SHORTEST_ARROW + ARROW_PER_ROOT * Math.sqrt(norm));
  const room = unit.map((u, i) => {
    if (u === 0) return Infinity;
    return ((u > 0 ? high - MARGIN * span : low + MARGIN * span) - foot[i]) / u;
  });
  const reach = Math.max(0, Math.min(length, ...room));
  const head = foot.map((start, i) => start + reach * unit[i]);
  return { foot, tail: head.map((end, i) => end - length * unit[i]), head };
}

/** How a verdict is marked beside its words: as good, as bad, or neither. */
const TONES = {
  separates: "good",
  as_good_as_a_line_gets: "good",
  in_between: "open",
  no_better_than_constant: "bad",
  no_line: "bad",
};

/**
 * Compute everything that the lab shows.
 *
 * @param {object} settings  By the names of SCHEMA, within its ranges.
 * @param {object} data  The points of the data set: `x1`, `x2`, `y`, `window`, `mostRight`.
 * @param {"en"|"zh"} language
 * @param {{ selected: number, taken: number, grip: number[] }} view  Index of the point that is spelled out, gradient
 *   steps taken so far, and the place near which the arrow should stand.
 * @returns {object}  The numbers of largemodels.neuron.NeuronRun under the same names in camel case, and `tone`,
 *   `sentences` (keys of what the readout says), `arrow`, `words` (every text).
 */
export function describe(settings, data, language = "en", { selected = data.y.length - 1, taken = 0, grip } = {}) {
  const { f, targets: wanted } = ACTIVATIONS[settings.activation];
  const { y, window } = data;
  const z = sumsOf(settings, data);
  const outputs = z.map(f);
  const targets = y.map((label) => wanted[label]);
  const right = z.map((sum, i) => sum > 0 === (y[i] === 1));
  const numPoints = y.length;
  const numOnes = inOrder(y);
  const numRight = right.filter(Boolean).length;
  const turnedRight = z.filter((sum, i) => -sum > 0 === (y[i] === 1)).length;
  const mostFrequent = Math.max(numOnes, numPoints - numOnes);
  const mostRight = data.mostRight;
  const lossName = settings.activation === "sigmoid" ? "cross_entropy" : "squared_error";
  const loss = inOrder(z.map((sum, i) => lossOf(settings.activation, sum, y[i]))) / numPoints;
  const gradient = lossGradient(settings, data);
  const next = gradientStep(settings, data);
  const training = trainingOf(settings, z, gradient, next);
  const { line, segment } = visibleLine(settings, window);
  const middle = (window[0] + window[1]) / 2;
  const arrow = arrowOf(settings, window, segment, grip ?? [middle, middle]);

  let verdict = "in_between";
  if (line === "none") verdict = "no_line";
  else if (numRight === numPoints) verdict = "separates";
  else if (numRight === mostRight) verdict = "as_good_as_a_line_gets";
  else if (numRight <= mostFrequent) verdict = "no_better_than_constant";
  // What the readout says, as keys of STRINGS. XOR has a sentence of its own: it says why no line does better.
  const sentences = [line === "outside" ? "outside" : line === "inside" && settings.dataset === "xor" ? "xor_limit" : verdict];
  if (line === "inside" && turnedRight > numRight) sentences.push("turned");

  // XOR at its best is no success: one neuron is not enough.
  const tone = verdict === "as_good_as_a_line_gets" && settings.dataset === "xor" ? "open" : TONES[verdict];

  const state = {
    z, outputs, targets, right, numRight, numPoints, turnedRight, mostRight, mostFrequent, lossName, loss, gradient,
    next, training, line, segment, verdict, tone, sentences, arrow,
  };
  return { ...state, words: wordsFor(settings, data, state, { selected, taken }, STRINGS[language]) };
}

// ---------------------------------------------------------------------------------------------------------
// Words

const n = (value) => formatNumber(value, 3);

/** A number for a small circle: one digit will do where a power of ten must fit in too. */
const short = (value) => formatNumber(value, Math.abs(value) < 0.001 ? 1 : 3);

/** A sign and a size, to be joined to what stands before. */
const signed = (value) => [value < 0 ? "−" : "+", n(Math.abs(value))];

const inBrackets = (value) => (value < 0 ? `(${n(value)})` : n(value));

function wordsFor(settings, data, state, { selected, taken }, strings) {
  const { dataset, w1, w2, b, activation } = settings;
  const named = (part) => strings[`${dataset}_${part}`];
  const className = (label) => named(label ? "one" : "zero");
  const { z, outputs, right, targets, numPoints, segment, line, gradient } = state;
  const values = {
    right: state.numRight,
    count: numPoints,
    most: state.mostRight,
    frequent: state.mostFrequent,
    turned: state.turnedRight,
    z: n(b),
    answer: className(z[0] > 0),
    common: className(2 * inOrder(data.y) > numPoints),
  };

  const [x1, x2] = [data.x1[selected], data.x2[selected]];
  const sum = z[selected];
  const point = fill(strings.point, { number: selected + 1, count: numPoints, class: className(data.y[selected]) });
  const [s2, p2] = signed(w2 * x2);
  const [s3, bias] = signed(b);
  const says = { sign: sum > 0 ? ">" : "≤", answer: className(sum > 0) };

  // What is left where the points' slopes cancel is rounding.
  const [g1, g2, g3] = (gradient ?? [0, 0, 0]).map((slope) => n(Math.abs(slope) < 1e-9 ? 0 : slope));
  const ones = inOrder(data.y);
  const [low, high] = ACTIVATIONS[activation].ends;
  const [[a1, a2], [b1, b2]] = (segment ?? [[0, 0], [0, 0]]).map((end) => end.map(n));
  return {
    readout: state.sentences.map((key) => fill(strings[key], values)).join(strings.between_sentences),
    about: fill(named("about"), { count: numPoints }),
    formula: strings[`formula_${activation}`],
    point,
    sum: [
      `z = ${n(w1)} · ${inBrackets(x1)} ${signed(w2).join(" ")} · ${inBrackets(x2)} ${s3} ${bias}`,
      fill(strings.sum_products, { p1: n(w1 * x1), s2, p2, s3, bias, z: n(sum) }),
      fill(strings.sum_output, { output: n(outputs[selected]), target: n(targets[selected]).replace(".00", "") }),
      fill(strings[right[selected] ? "says_right" : "says_wrong"], says),
    ],
    neuron: {
      x1: n(x1), x2: n(x2), w1: n(w1), w2: n(w2), b: n(b), z: short(sum), output: short(outputs[selected]),
    },
    training: [
      fill(strings[activation === "relu" ? "loss_relu" : `loss_${state.lossName}`], { loss: n(state.loss) }),
      fill(strings[`training_${state.training}`], { rate: LEARNING_RATE, g1, g2, g3 }),
    ].join(strings.between_sentences),
    taken: taken ? fill(strings.taken, { taken }) : "",
    scale: [low, high],
    planeLabel: fill(strings.plane_label, {
      x1: named("x1"),
      x2: named("x2"),
      ones,
      zeros: numPoints - ones,
      one: className(1),
      zero: className(0),
      line: fill(strings[`line_${line}`], { a1, a2, b1, b2, one: className(1) }),
      low,
      high,
    }),
    neuronLabel: fill(strings.neuron_label, {
      x1: n(x1), x2: n(x2), w1: n(w1), w2: n(w2), b: n(b), z: n(sum), output: n(outputs[selected]),
    }),
    pointHandle: fill(strings.point_handle, { point, x1: n(x1), x2: n(x2), z: n(sum) }),
    lineHandle: fill(strings.line_handle, { b: n(b) }),
    arrowHandle: fill(strings.arrow_handle, { w1: n(w1), w2: n(w2) }),
  };
}

// ---------------------------------------------------------------------------------------------------------
// Moving the line and the arrow

const thousandths = (value) => Math.round(value * 1000) / 1000 + 0;

/** The same line with smaller weights, where one of them would leave the range. */
function withinRange(w1, w2, b) {
  const largest = Math.max(Math.abs(w1), Math.abs(w2), Math.abs(b));
  const factor = largest > LARGEST_WEIGHT ? LARGEST_WEIGHT / largest : 1;
  return { w1: thousandths(w1 * factor), w2: thousandths(w2 * factor), b: thousandths(b * factor) };
}

/** Weights whose arrow leads from `tail` to `head`; the line, if there is one, turns about `pivot`. */
export function weightsToArrow(settings, window, { tail, head, pivot }) {
  const across = [head[0] - tail[0], head[1] - tail[1]];
  const size = Math.hypot(...across);
  if (size === 0) return {};
  const root = Math.max(0, size / (window[1] - window[0]) - SHORTEST_ARROW) / ARROW_PER_ROOT;
  const norm = Math.max(SMALLEST_DRAGGED, root * root);
  const [w1, w2] = across.map((part) => (norm * part) / size);
  return withinRange(w1, w2, pivot ? -(w1 * pivot[0] + w2 * pivot[1]) : settings.b);
}

/** Weights turned by an angle and stretched by a factor about a pivot, as the keys of the arrow's handle ask for. */
export function weightsTurned({ w1, w2, b }, { angle = 0, factor = 1, pivot }) {
  const old = Math.hypot(w1, w2);
  if (old === 0) return { w1: SMALLEST_DRAGGED, w2: 0, b };
  const norm = Math.max(SMALLEST_DRAGGED, old * factor);
  const direction = Math.atan2(w2, w1) + angle;
  const [t1, t2] = [norm * Math.cos(direction), norm * Math.sin(direction)];
  return withinRange(t1, t2, pivot ? -(t1 * pivot[0] + t2 * pivot[1]) : b);
}

/** The nearest point in a direction from point `from`: within 45° of it where there is one, else `from` itself. */
export function neighbour({ x1, x2 }, from, [across, up]) {
  let best = from;
  let shortest = Infinity;
  x1.forEach((x, i) => {
    const ahead = (x - x1[from]) * across + (x2[i] - x2[from]) * up;
    const aside = Math.abs((x - x1[from]) * up) + Math.abs((x2[i] - x2[from]) * across);
    const distance = ahead + 2 * aside;
    if (ahead > 0 && aside <= ahead && distance < shortest) [best, shortest] = [i, distance];
  });
  return best;
}

// ---------------------------------------------------------------------------------------------------------
// Pictures

const mix = (from, to, share) => from.map((part, i) => Math.round(part + (to[i] - part) * share));

/** A colour of the shading, for a share from -1 (class 0) to 1 (class 1). */
function shade({ zero, middle, one }, share) {
  return `rgb(${mix(middle, share < 0 ? zero : one, Math.abs(share)).join()})`;
}

const SHADES = { zero: "--lm-shade-zero", middle: "--lm-shade-middle", one: "--lm-shade-one" };

/** The shading's three colours, read from the style sheet once for each theme. */
function createShades(root) {
  let theme = null;
  let colours = null;
  return () => {
    if (theme !== root.dataset.lmTheme) {
      theme = root.dataset.lmTheme;
      colours = Object.fromEntries(Object.entries(SHADES).map(([name, variable]) => [name, themeColour(root, variable)]));
    }
    return colours;
  };
}

/** The shading's colours by activation, as [sum, colour] in growing order of the sum. */
function colourStops(activation, colours) {
  const { f, share, stops } = ACTIVATIONS[activation];
  return stops.map((z) => [z, shade(colours, share(f(z)))]);
}

/**
 * Shade the plane by the output. It changes along w only, so one gradient of colour does it.
 * @param {object} area  The picture's inside, in pixels; `toPixels` maps a point of the plane into the page's.
 */
function paintShading(canvas, { w1, w2, b, activation }, window, colours, side, density) {
  const size = Math.round(side * density);
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  const stops = colourStops(activation, colours);
  const { f, share } = ACTIVATIONS[activation];
  const squared = w1 * w1 + w2 * w2;
  if (squared < 1e-8) {
    context.fillStyle = shade(colours, share(f(b)));
  } else {
    const [low, high] = window;
    const scale = size / (high - low);
    const middle = (low + high) / 2;
    const atMiddle = w1 * middle + w2 * middle + b;
    // The place where the sum is z, on the line through the middle along w.
    const place = (z) => {
      const way = (z - atMiddle) / squared;
      return [(middle + way * w1 - low) * scale, (high - middle - way * w2) * scale];
    };
    const [from, to] = [stops[0][0], stops[stops.length - 1][0]];
    const gradient = context.createLinearGradient(...place(from), ...place(to));
    for (const [z, colour] of stops) gradient.addColorStop((z - from) / (to - from), colour);
    context.fillStyle = gradient;
  }
  context.fillRect(0, 0, size, size);
}

const place = ([left, top]) => `${left.toFixed(1)},${top.toFixed(1)}`;

const circle = ([left, top], radius) =>
  `M${place([left - radius, top])}a${radius},${radius} 0 1 0 ${2 * radius},0a${radius},${radius} 0 1 0 ${-2 * radius},0Z`;

const square = ([left, top], radius) => `M${place([left - radius, top - radius])}h${2 * radius}v${2 * radius}h${-2 * radius}Z`;

/** The data over the plane, the output as shading, and the line with its arrow: both can be dragged. */
function createPlane({ shades, signal, settings, onWeights, onSelect, onGrip }) {
  const canvas = element("canvas", { class: "lm-shading", "aria-hidden": "true" });
  const axes = svgElement("g", {});
  const path = (name) => svgElement("path", { class: name });
  const zeros = path("lm-zeros");
  const ones = path("lm-ones");
  const wrong = path("lm-wrong-marks");
  const lineHalo = path("lm-boundary-halo");
  const lineHit = svgElement("path", { class: "lm-boundary-hit", onpointerdown: grabLine, signal });
  const line = path("lm-boundary");
  const arrowHalo = path("lm-weights-halo");
  const arrow = path("lm-weights");
  const chosen = path("lm-chosen");
  const plumb = path("lm-plumb");
  const name = svgElement("text", { class: "lm-mark-text", "text-anchor": "middle", "aria-hidden": "true" }, "w");
  const clip = svgElement("svg", {}, zeros, ones, wrong, plumb, lineHit, lineHalo, line, arrowHalo, arrow, chosen, name);
  const svg = svgElement("svg", { role: "img" }, axes, clip);
  const handle = (kind, events) => element("button", { type: "button", class: `lm-handle ${kind}`, ...events, signal });
  const pointHandle = handle("lm-point-handle", { onkeydown: selectByKey });
  const lineHandle = handle("lm-line-handle", { onpointerdown: grabLine, onkeydown: moveLineByKey });
  const arrowHandle = handle("lm-arrow-handle", { onpointerdown: grabArrow, onkeydown: moveArrowByKey });
  const node = element(
    "div",
    { class: "lm-plot lm-plane", onpointermove: move, onpointerdown: tap, onlostpointercapture: letGo, signal },
    canvas, svg, pointHandle, lineHandle, arrowHandle,
  );
  let area = null; // the picture's inside, in pixels; unknown until the page has laid it out
  let shown = null; // what `show` was last called with
  let drawnPoints = ""; // for which data and size the points' marks are drawn
  let drawnAxes = "";
  let dragged = null; // "line" or { tail, pivot } of the arrow, with `offset` from the pointer to what is dragged

  function toPixels([x1, x2]) {
    const [low, high] = shown.data.window;
    return [((x1 - low) / (high - low)) * area.width, ((high - x2) / (high - low)) * area.height];
  }

  /** The place in the plane under the pointer, kept within the window. */
  function toPlane(event, offset = [0, 0], margin = MARGIN) {
    const box = svg.getBoundingClientRect();
    const [low, high] = shown.data.window;
    const x1 = low + ((event.clientX - box.left - area.left) / area.width) * (high - low) + offset[0];
    const x2 = high - ((event.clientY - box.top - area.top) / area.height) * (high - low) + offset[1];
    return [x1, x2].map((x) => keepInside(x, margin));
  }

  function keepInside(x, margin) {
    const [low, high] = shown.data.window;
    return Math.min(high - margin * (high - low), Math.max(low + margin * (high - low), x));
  }

  function grab(event, what, from) {
    if (event.button !== 0) return;
    event.stopPropagation();
    const pointer = toPlane(event, [0, 0], -1);
    dragged = { ...what, offset: from ? [from[0] - pointer[0], from[1] - pointer[1]] : [0, 0] };
    node.setPointerCapture(event.pointerId);
  }

  function grabLine(event) {
    grab(event, { line: true }, event.currentTarget === lineHandle ? shown.state.arrow.foot : null);
    if (dragged && event.currentTarget === lineHit) event.preventDefault(); // it selects no text
  }

  function grabArrow(event) {
    const { tail, head, foot } = shown.state.arrow;
    grab(event, { tail, pivot: shown.state.line === "inside" ? foot : null }, head);
  }

  function letGo() {
    dragged = null;
  }

  function move(event) {
    if (!area || !shown) return;
    if (!dragged) {
      if (event.pointerType !== "touch") selectAt(event, 14);
      return;
    }
    const to = toPlane(event, dragged.offset);
    if (dragged.line) moveLine(to);
    else onWeights(weightsToArrow(settings(), shown.data.window, { ...dragged, head: to }));
  }

  function moveLine(to) {
    const { w1, w2 } = settings();
    onGrip(to);
    onWeights({ b: thousandths(-(w1 * to[0] + w2 * to[1])) });
  }

  function tap(event) {
    if (area && shown && event.button === 0) selectAt(event, 24);
  }

  function selectAt(event, reach) {
    const box = svg.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left - area.left, event.clientY - box.top - area.top];
    let nearest = reach;
    let found = null;
    shown.data.x1.forEach((x1, i) => {
      const [pointLeft, pointTop] = toPixels([x1, shown.data.x2[i]]);
      const distance = Math.hypot(pointLeft - left, pointTop - top);
      if (distance < nearest) [nearest, found] = [distance, i];
    });
    if (found !== null && found !== shown.selected) onSelect(found);
  }

  const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

  function directionOf(event) {
    const direction = DIRECTIONS[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return null;
    event.preventDefault();
    return direction;
  }

  function selectByKey(event) {
    const direction = directionOf(event);
    if (direction) onSelect(neighbour(shown.data, shown.selected, direction));
  }

  function moveLineByKey(event) {
    const direction = directionOf(event);
    if (!direction) return;
    // Towards where the key points, at right angles to the line; along it there would be nothing to see.
    const { w1, w2 } = settings();
    const norm = Math.hypot(w1, w2);
    const slope = (direction[0] * w1 + direction[1] * w2) / norm;
    const [low, high] = shown.data.window;
    const way = (Math.sign(slope) || 1) * (high - low) * (event.shiftKey ? 0.1 : 0.01);
    moveLine(shown.state.arrow.foot.map((x, i) => keepInside(x + (way * [w1, w2][i]) / norm, 0)));
  }

  function moveArrowByKey(event) {
    const direction = directionOf(event);
    if (!direction) return;
    const pivot = shown.state.line === "inside" ? shown.state.arrow.foot : null;
    const angle = (-direction[0] * Math.PI * (event.shiftKey ? 15 : 3)) / 180;
    const factor = (event.shiftKey ? 1.5 : 1.1) ** direction[1];
    onWeights(weightsTurned(settings(), { angle, factor, pivot }));
  }

  function show(current, data, state, strings, selected) {
    shown = { data, state, strings, selected, current };
    svg.setAttribute("aria-label", state.words.planeLabel);
    pointHandle.setAttribute("aria-label", state.words.pointHandle);
    lineHandle.setAttribute("aria-label", state.words.lineHandle);
    arrowHandle.setAttribute("aria-label", state.words.arrowHandle);
    if (!area) return;
    const axesWanted = [current.dataset, area.width, strings.title].join();
    if (drawnAxes !== axesWanted) {
      drawnAxes = axesWanted;
      const axis = linearAxis(...data.window);
      drawAxes(axes, area, axis, axis, {
        xTitle: strings[`${current.dataset}_x1`],
        yTitle: strings[`${current.dataset}_x2`],
      });
    }
    paintShading(canvas, current, data.window, shades(), area.width, Math.min(2, devicePixelRatio));
    const places = data.x1.map((x1, i) => toPixels([x1, data.x2[i]]));
    const few = places.length < 10;
    const size = few ? 8 : area.width < 300 ? 3 : 3.6;
    const pointsWanted = [current.dataset, area.width].join();
    if (drawnPoints !== pointsWanted) {
      drawnPoints = pointsWanted;
      const marks = (label, mark) => places.map((at, i) => (data.y[i] === label ? mark(at, size) : "")).join("");
      zeros.setAttribute("d", marks(0, square));
      ones.setAttribute("d", marks(1, (at, radius) => circle(at, radius * 1.1)));
    }
    wrong.setAttribute("d", places.map((at, i) => (state.right[i] ? "" : circle(at, size + 2.4))).join(""));
    showLine(current, state);
    const at = places[selected];
    chosen.setAttribute("d", circle(at, size + 7));
    moveTo(pointHandle, at);
    showPlumb(current, state, data, selected, at);
  }

  function moveTo(node, [left, top]) {
    node.style.transform = `translate(${(area.left + left).toFixed(1)}px, ${(area.top + top).toFixed(1)}px)`;
  }

  function showLine(current, state) {
    const { foot, tail, head } = state.arrow;
    const d = state.segment ? `M${state.segment.map((end) => place(toPixels(end))).join("L")}` : "";
    for (const part of [line, lineHalo, lineHit]) part.setAttribute("d", d);
    lineHandle.hidden = !state.segment;
    moveTo(lineHandle, toPixels(foot));
    const [from, to] = [toPixels(tail), toPixels(head)];
    const size = Math.hypot(to[0] - from[0], to[1] - from[1]);
    let shaft = "";
    if (size > 0) {
      const [u, v] = [(to[0] - from[0]) / size, (to[1] - from[1]) / size];
      const corner = (side) => place([to[0] - 10 * u - side * 6 * v, to[1] - 10 * v + side * 6 * u]);
      shaft = `M${place(from)}L${place(to)}M${corner(1)}L${place(to)}L${corner(-1)}`;
      // Beside the middle of the shaft.
      name.setAttribute("x", ((from[0] + to[0]) / 2 - 13 * v).toFixed(1));
      name.setAttribute("y", ((from[1] + to[1]) / 2 + 13 * u + 4).toFixed(1));
    }
    name.setAttribute("visibility", size > 0 ? "visible" : "hidden");
    arrow.setAttribute("d", shaft);
    arrowHalo.setAttribute("d", shaft);
    moveTo(arrowHandle, to);
    arrowHandle.dataset.empty = size === 0;
  }

  /** The shortest way from the chosen point to the line: the further, the larger the sum. */
  function showPlumb({ w1, w2 }, state, data, selected, at) {
    const squared = w1 * w1 + w2 * w2;
    const way = -state.z[selected] / squared;
    if (!state.segment || !Number.isFinite(way)) {
      plumb.setAttribute("d", "");
      return;
    }
    const end = toPixels([data.x1[selected] + way * w1, data.x2[selected] + way * w2]);
    plumb.setAttribute("d", `M${place(at)}L${place(end)}`);
  }

  watchSize(node, signal, (width, height) => {
    const side = Math.min(width - 50, height - 50);
    area = { left: 44, top: 6, width: side, height: side };
    Object.assign(canvas.style, { left: "44px", top: "6px", width: `${side}px`, height: `${side}px` });
    for (const [at, value] of Object.entries({ x: 44, y: 6, width: side, height: side })) clip.setAttribute(at, value);
    drawnAxes = drawnPoints = "";
    repaint();
  });

  function repaint() {
    if (shown) show(shown.current, shown.data, shown.state, shown.strings, shown.selected);
  }

  return { node, show };
}

/** The neuron as a drawing: inputs, weights, sum, activation, output, with the chosen point's numbers. */
function createNeuron({ shades }) {
  const text = (x, y, kind, words = "") => svgElement("text", { x, y, class: `lm-neuron-${kind}` }, words);
  const rows = [25, 81, 137];
  const [sumAt, middle] = [178, 81];
  const edges = rows.map((y) => svgElement("path", { d: `M50,${y}L${sumAt - 24},${middle}` }));
  const weights = [36, 74, 139].map((y, i) => text([112, 88, 112][i], y, "weight"));
  const inputs = [0, 1].map((i) => text(28, rows[i] + 9, "value"));
  const sum = text(sumAt, middle + 9, "value");
  const output = text(316, middle + 9, "value");
  const outputNode = svgElement("circle", { cx: 316, cy: middle, r: 23, class: "lm-neuron-node" });
  const curve = svgElement("path", { class: "lm-neuron-curve" });
  const dot = svgElement("circle", { r: 4, class: "lm-neuron-dot" });
  const svg = svgElement(
    "svg",
    { role: "img", viewBox: "0 0 342 162", class: "lm-neuron" },
    edges,
    svgElement("path", { class: "lm-neuron-flow", d: `M${sumAt + 24},${middle}h20M272,${middle}h20` }),
    rows.map((y) => svgElement("circle", { cx: 28, cy: y, r: 23, class: "lm-neuron-node" })),
    svgElement("circle", { cx: sumAt, cy: middle, r: 24, class: "lm-neuron-node" }),
    outputNode,
    svgElement("rect", { x: 222, y: middle - 28, width: 50, height: 56, rx: 5, class: "lm-neuron-node" }),
    curve,
    dot,
    ["x₁", "x₂"].map((name, i) => text(28, rows[i] - 5, "name", name)),
    text(28, rows[2] + 5, "value", "1"),
    text(sumAt, middle - 5, "name", "z"),
    text(316, middle - 5, "name", "f(z)"),
    inputs, weights, sum, output,
  );
  let drawn = "";

  function show(current, data, state, selected) {
    const { words } = state;
    const { f, share, targets } = ACTIVATIONS[current.activation];
    svg.setAttribute("aria-label", words.neuronLabel);
    [words.neuron.x1, words.neuron.x2].forEach((value, i) => setText(inputs[i], value));
    setText(weights[0], `w₁ = ${words.neuron.w1}`);
    setText(weights[1], `w₂ = ${words.neuron.w2}`);
    setText(weights[2], `b = ${words.neuron.b}`);
    setText(sum, words.neuron.z);
    setText(output, words.neuron.output);
    const products = [current.w1 * data.x1[selected], current.w2 * data.x2[selected], current.b];
    products.forEach((product, i) => {
      edges[i].setAttribute("class", product < 0 ? "lm-edge lm-edge-minus" : "lm-edge");
      edges[i].setAttribute("stroke-width", (1 + Math.min(7, 2 * Math.abs(product))).toFixed(2));
    });
    const reach = 4; // the curve is drawn for sums from -4 to 4
    const [bottom, top] = current.activation === "relu" || current.activation === "identity" ? [-reach, reach] : [targets[0], 1];
    const left = (z) => 247 + (20 * z) / reach;
    const height = (value) => middle + 21 - (42 * (value - bottom)) / (top - bottom);
    if (drawn !== current.activation) {
      drawn = current.activation;
      const sums = current.activation === "step" ? [-4, -1e-9, 1e-9, 4] : Array.from({ length: 33 }, (_, i) => i / 4 - reach);
      curve.setAttribute("d", `M${sums.map((z) => place([left(z), height(f(z))])).join("L")}`);
    }
    const z = Math.max(-reach, Math.min(reach, state.z[selected]));
    dot.setAttribute("cx", left(z).toFixed(1));
    dot.setAttribute("cy", height(f(z)).toFixed(1));
    outputNode.style.fill = shade(shades(), share(state.outputs[selected]));
  }

  return { node: svg, show };
}

/** The key to marks and colours. */
function createLegend({ root, shades, strings }) {
  const mark = (name, d) =>
    svgElement("svg", { viewBox: "-9 -9 18 18", class: "lm-key", "aria-hidden": "true" }, svgElement("path", { class: name, d }));
  const [one, zero, low, high] = ["", "", "", ""].map(() => element("span", {}));
  const bar = element("span", { class: "lm-scale-bar" });
  const node = element(
    "div",
    { class: "lm-legend" },
    element("span", {}, mark("lm-ones", circle([0, 0], 5)), one),
    element("span", {}, mark("lm-zeros", square([0, 0], 4.5)), zero),
    element("span", {}, mark("lm-wrong-marks", circle([0, 0], 6)), strings.wrong_mark),
    element("span", { class: "lm-scale" }, element("span", {}, strings.output_scale), low, bar, high),
    element("span", {}, strings.hint),
  );
  let drawn = "";

  function show(current, state) {
    setText(one, strings[`${current.dataset}_one`]);
    setText(zero, strings[`${current.dataset}_zero`]);
    setText(low, state.words.scale[0]);
    setText(high, state.words.scale[1]);
    const wanted = [current.activation, root.dataset.lmTheme].join();
    if (drawn === wanted) return;
    drawn = wanted;
    const { f, share, stops } = ACTIVATIONS[current.activation];
    const colours = shades();
    const [from, to] = [stops[0], stops[stops.length - 1]];
    const parts = stops.map((z) => {
      const value = share(f(z));
      const first = share(f(from));
      const at = current.activation === "step" ? 50 : (100 * (value - first)) / (share(f(to)) - first); // even in f(z)
      return `${shade(colours, value)} ${at.toFixed(1)}%`;
    });
    bar.style.background = `linear-gradient(to right, ${parts.join(", ")})`;
  }

  return { node, show };
}

// ---------------------------------------------------------------------------------------------------------
// The lab

/** Build the lab in `el`. `site` is what the site's loader passes: the deep link; undefined in notebooks. */
function render({ model, el, site }) {
  let view = buildView({ model, el, site, initial: site?.initial });
  const rebuild = () => {
    view.abort();
    view = buildView({ model, el, site }); // what the address asked for has been taken up
  };
  model.on("change:language", rebuild);
  return () => {
    model.off("change:language", rebuild);
    view.abort();
    el.replaceChildren();
  };
}

/** Build the lab's elements and wire them; the returned AbortController ends all of it. */
function buildView({ model, el, site, initial }) {
  const life = new AbortController();
  const { signal } = life;
  const language = model.get("language");
  const strings = STRINGS[language];
  const points = model.get("points");
  const root = element("section", { class: "lm-lab lm-neuron-lab", lang: language, "aria-label": strings.title });
  let notice = "";
  let view = { dataset: null }; // `selected`, `taken` and `grip` of `describe`, for that data set
  let stepping = false; // while a gradient step changes the settings
  let trainingFrame = 0;

  const binding = bindSettings({ model, schema: SCHEMA, onChange: takeUp, signal });
  const settings = () => binding.current;
  const shades = createShades(root);
  const plane = createPlane({
    shades,
    signal,
    settings,
    onWeights: binding.change,
    onSelect: (selected) => {
      view.selected = selected;
      draw();
    },
    onGrip: (grip) => (view.grip = grip),
  });
  const neuron = createNeuron({ shades });
  const legend = createLegend({ root, shades, strings });
  const readout = createReadout(signal);
  const about = element("p", { class: "lm-about" });
  const formula = element("p", { class: "lm-formula" });
  const pointName = element("span", { class: "lm-control-name" });
  const sum = [0, 1, 2, 3].map(() => element("div", {}));
  const training = element("p", { class: "lm-training" });

  const options = (name) => SCHEMA[name].choices.map((value) => [value, strings[`${name}_${value}`]]);
  const common = (name) => ({ label: strings[name], onChange: (value) => binding.change({ [name]: value }), signal });
  const slider = (name) =>
    sliderControl({
      ...common(name),
      language,
      axis: linearAxis(SCHEMA[name].minimum, SCHEMA[name].maximum),
      positions: 200,
      round: (value) => Math.round(value * 10) / 10 + 0,
      step: 0.1,
    });
  const controls = {
    dataset: selectControl({ ...common("dataset"), options: options("dataset") }),
    activation: selectControl({ ...common("activation"), options: options("activation") }),
    w1: slider("w1"),
    w2: slider("w2"),
    b: slider("b"),
  };
  const stepButton = button(strings.one_step, () => step(1), signal);
  const trainButton = button(strings.train, () => (trainingFrame ? endTraining() : train()), signal);
  const reset = button(LAB_STRINGS[language].reset, () => binding.change(binding.initial), signal);
  const lessMotion = matchMedia("(prefers-reduced-motion: reduce)");

  function takeUp(problems) {
    notice = describeProblems(problems, SCHEMA, binding.current, strings, language);
    if (!stepping) {
      endTraining();
      view.taken = 0;
    }
    if (view.dataset !== binding.current.dataset) {
      const { y, window } = points[binding.current.dataset];
      const middle = (window[0] + window[1]) / 2;
      view = { dataset: binding.current.dataset, selected: y.length - 1, taken: 0, grip: [middle, middle] };
    }
    draw();
  }

  function draw() {
    const { current } = binding;
    const data = points[current.dataset];
    const state = describe(current, data, language, view);
    view.grip = state.arrow.foot;
    plane.show(current, data, state, strings, view.selected);
    neuron.show(current, data, state, view.selected);
    legend.show(current, state);
    readout.show(state.words.readout, state.tone, notice);
    setText(about, state.words.about);
    setText(formula, state.words.formula);
    setText(pointName, state.words.point);
    sum.forEach((node, i) => setText(node, state.words.sum[i]));
    sum[3].className = state.right[view.selected] ? "lm-says-right" : "lm-says-wrong";
    setText(training, [state.words.taken, state.words.training].filter(Boolean).join(strings.between_sentences));
    for (const [name, control] of Object.entries(controls)) control.show(current[name]);
    stepButton.disabled = trainButton.disabled = state.training === "no_slope" || state.training === "dead";
  }

  /** Take gradient steps; tell whether the last one changed anything. */
  function step(count) {
    let { current } = binding;
    const data = points[current.dataset];
    let moved = true;
    for (let i = 0; i < count && moved; i += 1) {
      const next = gradientStep(current, data);
      moved = next !== null && next.some((weight, k) => weight !== weightsOf(current)[k]);
      if (!moved) break;
      const [w1, w2, b] = next;
      current = { ...current, w1, w2, b };
      view.taken += 1;
    }
    stepping = true;
    binding.change({ w1: current.w1, w2: current.w2, b: current.b });
    stepping = false;
    return moved;
  }

  function train() {
    if (lessMotion.matches) {
      step(TRAINING_STEPS);
      return;
    }
    const began = performance.now();
    let done = 0;
    const next = (now) => {
      const due = Math.min(TRAINING_STEPS, Math.floor(((now - began) / 1000) * STEPS_PER_SECOND) + 1);
      const moved = due > done ? step(due - done) : true;
      done = due;
      if (!moved || done >= TRAINING_STEPS) endTraining();
      else trainingFrame = requestAnimationFrame(next);
    };
    setText(trainButton, strings.stop);
    trainingFrame = requestAnimationFrame(next);
  }

  function endTraining() {
    cancelAnimationFrame(trainingFrame);
    trainingFrame = 0;
    setText(trainButton, strings.train);
  }

  const grid = element(
    "div",
    { class: "lm-neuron-grid" },
    element(
      "div",
      { class: "lm-plane-side" },
      plane.node,
      legend.node,
      readout.node,
      element("div", { class: "lm-buttons" }, stepButton, trainButton, reset),
    ),
    element(
      "div",
      { class: "lm-neuron-side" },
      element("div", { class: "lm-choices" }, controls.dataset.node, controls.activation.node),
      neuron.node,
      formula,
      element("div", { class: "lm-sum" }, pointName, sum),
      element("div", { class: "lm-weight-controls" }, controls.w1.node, controls.w2.node, controls.b.node),
      training,
    ),
    element("div", { class: "lm-foot" }, about, linkButton(site, settings, language, signal) ?? []),
  );
  root.append(grid);
  el.replaceChildren(root);
  watchTheme(root, signal, draw);
  lessMotion.addEventListener("change", endTraining, { signal });
  signal.addEventListener("abort", () => cancelAnimationFrame(trainingFrame));
  binding.change(initial ?? {});
  return life;
}

export default { render };
