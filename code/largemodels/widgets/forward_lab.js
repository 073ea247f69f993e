// ForwardLab: a network of 2 inputs, 3 hidden units and 2 outputs with every number on screen (chapter 2).
//
// `describe` is the lab: a pure function from the settings to everything shown. It defines the same things
// as largemodels/forward.py, in the same order of operations, and tests hold the two equal.

import { bindSettings, button, createReadout, describeProblems, drawAxes, element, fill, formatNumber, LAB_STRINGS, linearAxis, linkButton, numberField, selectControl, setText, svgElement, watchSize, watchTheme } from "./lab.js";

export const STRINGS = {
  en: {
    title: "Forward propagation lab",
    // Controls
    x: "Input x",
    W1: "Weights W1",
    b1: "Biases b1",
    W2: "Weights W2",
    b2: "Biases b2",
    selected: "Unit",
    preset: "Network",
    preset_small: "small weights",
    preset_xor: "XOR by hand",
    preset_saturated: "saturated",
    preset_dead: "dead ReLU",
    preset_linear: "no activation",
    preset_twins: "three equal units",
    preset_own: "your own numbers",
    note_small: "Every unit responds. Drag a weight and see how far the change travels: which numbers does it leave alone?",
    note_xor: "h₁ adds the inputs; h₂ answers only if both are 1; h₃ is not needed: its weights are 0. Set x to (0, 0), (0, 1), (1, 0), (1, 1): class 2 means “different”.",
    note_saturated: "The weights of h₁ and h₂ are large. Move x by a little: their outputs hardly change, because the curve is flat there.",
    note_dead: "No input from −3 to 3 lifts h₂ above 0, so its thick weights to the outputs carry nothing. How large must its bias be to wake it?",
    note_linear: "No activation between the layers. The last row of matrices does in one layer what these two do.",
    note_twins: "The hidden units have equal weights, so they compute one number three times. Change one weight and they part.",
    note_own: "Your own numbers. Choose a network above to go back to one that shows something in particular.",
    activation: "Activation f",
    output: "Output g",
    function_identity: "identity",
    function_sigmoid: "sigmoid",
    function_tanh: "tanh",
    function_relu: "ReLU",
    function_gelu: "GELU",
    function_softmax: "softmax",
    hide: "Hide at first",
    hide_nothing: "nothing",
    hide_outputs: "the outputs",
    hide_all: "all results",
    reveal: "Show results",
    conceal: "Hide again",
    // Diagram
    diagram_label:
      "Network. Inputs x₁ = {x1}, x₂ = {x2}. Hidden units: h₁ = {h1}, h₂ = {h2}, h₃ = {h3}. Outputs: y₁ = {y1}, y₂ = {y2}.",
    handle_input: "Input {name}",
    handle_weight: "Weight from {from} to {to}",
    handle_bias: "Bias of {to}",
    unit_label: "{name}: z = {z}, {symbol} = {value}; spell it out",
    legend: "Drag a number up or down; click a unit to see its sum. Width: |weight × input|. Solid: positive product; dashed: negative.",
    state_saturated: "saturated",
    state_dip: "flat here",
    state_off: "off",
    state_dead: "dead",
    // The selected unit
    unit_title: "{name}, worked out",
    column_input: "input",
    column_weight: "weight",
    column_product: "product",
    sum: "sum",
    bias: "+ bias",
    field_input: "{name}, as a number",
    softmax_line: "exp(z − max z): {first} and {second}; their sum: {sum}",
    slope_linear: "Slope 1 everywhere: the identity never saturates and never bends.",
    slope_responds: "Slope at z: {slope}, that is {share} % of the largest, {largest}: it responds. (Shaded: below 5 %, saturated.)",
    slope_saturated: "Slope at z: {slope}, that is {share} % of the largest, {largest}: saturated, since it is below 5 % (shaded).",
    slope_dip: "Slope at z: {slope}: flat, but only here, at the bottom of the dip. (Shaded: slope below 5 % of the largest, {largest}.)",
    slope_on: "Slope 1: z is above 0, so ReLU passes it on. (Shaded: slope 0.)",
    slope_off: "Slope 0: z is not above 0, so ReLU is off at this input, in the shaded part.",
    slope_dead: "Slope 0: ReLU is off here and for every input from −3 to 3, so the unit is dead.",
    slope_masked: "Slope: ?",
    plot_label: "{f} over z from {low} to {high}. The unit stands at z = {z}, {symbol} = {value}, where the slope is {slope}.",
    plot_label_masked: "{f} over z. The unit's place on it is hidden.",
    curve_softmax: "The curve: this y as its own z moves and the other z stays.",
    // Guess
    guess: "Your result for {symbol} of {name}",
    check: "Check",
    guess_none: "Work it out by hand, to two decimals, and check it here.",
    guess_empty: "That is no number.",
    guess_right: "Right, to two decimals.",
    guess_nearly: "Nearly: a rounding error. Keep three decimals until the last step.",
    guess_wrong: "Not this number, nor one that a mistake known here leads to. Check each product and its sign.",
    guess_forgot_bias: "That is the result without the bias. Add it before the activation.",
    guess_forgot_activation: "That is z. The activation is still to come.",
    guess_forgot_both: "That is the weighted sum alone: the bias and the activation are still to come.",
    guess_subtracted_bias: "The bias seems to have been subtracted. It is added, with its sign.",
    guess_hidden_z: "This comes from the hidden units' z. The outputs read their a, after the activation.",
    guess_not_normalised: "That is an exponential. Softmax divides it by the sum of both.",
    guess_sigmoid_not_softmax: "That is the sigmoid of this unit's z alone. Softmax compares both outputs.",
    guess_lost_sign: "A minus sign was lost: that is the result with every product taken as positive.",
    guess_transposed: "The weights were read along a row. A unit's weights stand in its column of the matrix.",
    guess_other_weights: "Those are the weights of {other}. Use the column of {name}.",
    // Matrices
    matrices: "The same as matrices",
    matrix_label: "{name}, shape {shape}: {numbers}",
    counts: "Multiplications: 2·3 + 3·2 = 12. Additions: 3 + 4 in the sums and 3 + 2 for the biases, 12 in all. Activations: 3 + 2.",
    collapsed: "Both layers in one: x @ W + b gives the same Z2, with W = W1 @ W2 and b = b1 @ W2 + b2.",
    not_collapsed: "No single matrix does the same: f bends between the layers. Choose f = identity to see them become one.",
    // Readout
    class: "Class {class} with probability {p}: {unit} speaks for it most, adding {part} to {gap_name} = {gap}.",
    class_bias: "Class {class} with probability {p}: no hidden unit speaks for it; the biases decide.",
    undecided: "Undecided: both classes have probability 0.50.",
    probabilities: "y₁ = {y1}, y₂ = {y2}: two separate probabilities. {unit} moves z of {focus} most, by {part}.",
    probabilities_bias: "y₁ = {y1}, y₂ = {y2}: two separate probabilities. No hidden unit moves {focus}: its bias alone speaks.",
    values: "y₁ = {y1}, y₂ = {y2}: {unit} moves {focus} most, by {part}.",
    values_bias: "y₁ = {y1}, y₂ = {y2}: no hidden unit moves {focus}; it is its bias.",
    masked: "Hidden: work out {name} by hand and check your result, or press “Show results”.",
    with_slope: "{name} (slope {slope})",
    saturated: "Saturated: {units}.",
    off: "Off at this input: {units}.",
    dead: "Dead, 0 for every input: {units}.",
    identical: "The same number, from equal weights: {units}.",
    collapse: "Without an activation the two layers are one.",
    comma: ", ",
    between_sentences: " ",
  },
  zh: {
    title: "前向传播实验",
    x: "输入 x",
    W1: "权重 W1",
    b1: "偏置 b1",
    W2: "权重 W2",
    b2: "偏置 b2",
    selected: "单元",
    preset: "网络",
    preset_small: "较小的权重",
    preset_xor: "手工异或",
    preset_saturated: "饱和",
    preset_dead: "死亡的 ReLU",
    preset_linear: "没有激活函数",
    preset_twins: "三个相同的单元",
    preset_own: "你自己的数值",
    note_small: "每个单元都有响应。拖动一个权重，看变化传到多远：哪些数值不受影响？",
    note_xor: "h₁ 把输入相加；h₂ 只在两个输入都为 1 时才有输出；h₃ 用不上，它的权重为 0。把 x 依次设为 (0, 0)、(0, 1)、(1, 0)、(1, 1)：类别 2 表示“不同”。",
    note_saturated: "h₁ 和 h₂ 的权重很大。把 x 稍稍移动：它们的输出几乎不变，因为曲线在那里是平的。",
    note_dead: "从 −3 到 3 的任何输入都不能使 h₂ 大于 0，所以它通往输出的大权重什么也传不过去。偏置要多大才能唤醒它？",
    note_linear: "两层之间没有激活函数。最后一行矩阵用一层就做到了这两层所做的事。",
    note_twins: "三个隐藏单元的权重相同，所以同一个数被算了三遍。改动其中一个权重，它们就分开了。",
    note_own: "这是你自己的数值。在上面选一个网络，可以回到有特定看点的例子。",
    activation: "激活函数 f",
    output: "输出函数 g",
    function_identity: "恒等",
    function_sigmoid: "sigmoid",
    function_tanh: "tanh",
    function_relu: "ReLU",
    function_gelu: "GELU",
    function_softmax: "softmax",
    hide: "先隐藏",
    hide_nothing: "不隐藏",
    hide_outputs: "输出",
    hide_all: "所有结果",
    reveal: "显示结果",
    conceal: "重新隐藏",
    diagram_label:
      "网络。输入 x₁ = {x1}，x₂ = {x2}。隐藏单元 h₁ = {h1}，h₂ = {h2}，h₃ = {h3}。输出 y₁ = {y1}，y₂ = {y2}。",
    handle_input: "输入 {name}",
    handle_weight: "从 {from} 到 {to} 的权重",
    handle_bias: "{to} 的偏置",
    unit_label: "{name}：z = {z}，{symbol} = {value}；展开计算过程",
    legend: "上下拖动数值；点击单元查看它的求和。线宽：|权重 × 输入|。实线：乘积为正；虚线：乘积为负。",
    state_saturated: "饱和",
    state_dip: "此处平坦",
    state_off: "关闭",
    state_dead: "死亡",
    unit_title: "{name} 的计算过程",
    column_input: "输入",
    column_weight: "权重",
    column_product: "乘积",
    sum: "和",
    bias: "+ 偏置",
    field_input: "{name}（数值）",
    softmax_line: "exp(z − max z)：{first} 和 {second}；二者之和：{sum}",
    slope_linear: "斜率处处为 1：恒等函数从不饱和，也从不弯曲。",
    slope_responds: "z 处的斜率：{slope}，是最大值 {largest} 的 {share} %：有响应。（阴影：低于 5 %，即饱和。）",
    slope_saturated: "z 处的斜率：{slope}，是最大值 {largest} 的 {share} %：低于 5 %，已饱和（阴影部分）。",
    slope_dip: "z 处的斜率：{slope}：是平的，但只在此处，即凹处的最低点。（阴影：斜率低于最大值 {largest} 的 5 %。）",
    slope_on: "斜率为 1：z 大于 0，ReLU 原样通过。（阴影：斜率为 0。）",
    slope_off: "斜率为 0：z 不大于 0，ReLU 在此输入下关闭，位于阴影部分。",
    slope_dead: "斜率为 0：ReLU 在这里以及从 −3 到 3 的任何输入下都关闭，该单元已死亡。",
    slope_masked: "斜率：?",
    plot_label: "{f}，z 从 {low} 到 {high}。该单元位于 z = {z}，{symbol} = {value}，斜率为 {slope}。",
    plot_label_masked: "{f} 随 z 的曲线。该单元在其上的位置已隐藏。",
    curve_softmax: "曲线：另一个 z 不变时，这个 y 随自己的 z 变化。",
    guess: "你算出的 {name} 的 {symbol}",
    check: "检查",
    guess_none: "手算到两位小数，然后在这里检查。",
    guess_empty: "这不是一个数。",
    guess_right: "正确，精确到两位小数。",
    guess_nearly: "很接近：是舍入误差。最后一步之前请保留三位小数。",
    guess_wrong: "不是这个数，也不是这里已知的错误所得。请检查每个乘积及其符号。",
    guess_forgot_bias: "这是没有加偏置的结果。偏置要在激活之前加上。",
    guess_forgot_activation: "这是 z。还要经过激活函数。",
    guess_forgot_both: "这只是加权和：还没有加偏置，也没有经过激活函数。",
    guess_subtracted_bias: "偏置似乎被减去了。偏置应连同符号一起加上。",
    guess_hidden_z: "这是用隐藏单元的 z 算出的。输出读取的是激活之后的 a。",
    guess_not_normalised: "这是一个指数值。softmax 还要除以两个指数值之和。",
    guess_sigmoid_not_softmax: "这是只对该单元的 z 求 sigmoid。softmax 要比较两个输出。",
    guess_lost_sign: "丢了一个负号：这是把每个乘积都当作正数的结果。",
    guess_transposed: "权重是按行读取的。一个单元的权重在矩阵的对应列中。",
    guess_other_weights: "这是 {other} 的权重。请使用 {name} 的那一列。",
    matrices: "用矩阵表示",
    matrix_label: "{name}，形状 {shape}：{numbers}",
    counts: "乘法：2·3 + 3·2 = 12 次。加法：求和 3 + 4 次，加偏置 3 + 2 次，共 12 次。激活：3 + 2 次。",
    collapsed: "两层合为一层：x @ W + b 得到同样的 Z2，其中 W = W1 @ W2，b = b1 @ W2 + b2。",
    not_collapsed: "没有一个矩阵能做到同样的事：两层之间有 f 的弯曲。选择 f = 恒等，看它们合为一层。",
    class: "类别 {class}，概率 {p}：{unit} 对它的支持最大，为 {gap_name} = {gap} 贡献了 {part}。",
    class_bias: "类别 {class}，概率 {p}：没有隐藏单元支持它，由偏置决定。",
    undecided: "无法判定：两个类别的概率都是 0.50。",
    probabilities: "y₁ = {y1}，y₂ = {y2}：两个独立的概率。{unit} 对 {focus} 的 z 影响最大，为 {part}。",
    probabilities_bias: "y₁ = {y1}，y₂ = {y2}：两个独立的概率。没有隐藏单元影响 {focus}，只有它的偏置起作用。",
    values: "y₁ = {y1}，y₂ = {y2}：{unit} 对 {focus} 影响最大，为 {part}。",
    values_bias: "y₁ = {y1}，y₂ = {y2}：没有隐藏单元影响 {focus}，它就等于自己的偏置。",
    masked: "已隐藏：手算 {name} 并检查你的结果，或按“显示结果”。",
    with_slope: "{name}（斜率 {slope}）",
    saturated: "饱和：{units}。",
    off: "在此输入下关闭：{units}。",
    dead: "死亡，对任何输入都为 0：{units}。",
    identical: "权重相同，数值也相同：{units}。",
    collapse: "没有激活函数，两层就是一层。",
    comma: "、",
    between_sentences: "",
  },
};

const ACTIVATIONS = ["identity", "sigmoid", "tanh", "relu", "gelu"];
const OUTPUTS = ["identity", "sigmoid", "softmax"];
const UNITS = ["h1", "h2", "h3", "y1", "y2"];
const LARGEST_INPUT = 3;
const weights = (size) => ({ minimum: -5, maximum: 5, size });

/** The settings, their ranges and choices, as the Python class has them. */
export const SCHEMA = {
  x: { minimum: -LARGEST_INPUT, maximum: LARGEST_INPUT, size: 2 },
  W1: weights(6),
  b1: weights(3),
  W2: weights(6),
  b2: weights(2),
  activation: { choices: ACTIVATIONS },
  output: { choices: OUTPUTS },
  selected: { choices: UNITS },
  hide: { choices: ["nothing", "outputs", "all"] },
};

const SMALL = {
  x: [1, -0.5],
  W1: [0.8, -0.5, 0.3, 0.4, 1.2, -0.6],
  b1: [0.1, -0.2, 0.4],
  W2: [1, -0.7, -0.9, 0.6, 0.5, 1.1],
  b2: [0.2, -0.1],
};

/** Settings worth looking at, by name; as in largemodels.forward.PRESETS. */
export const PRESETS = {
  small: { ...SMALL, activation: "tanh", output: "softmax" },
  xor: {
    x: [1, 0],
    W1: [1, 1, 0, 1, 1, 0],
    b1: [0, -1, 1],
    W2: [-2, 2, 4, -4, 0, 0],
    b2: [1, -1],
    activation: "relu",
    output: "softmax",
  },
  saturated: {
    x: [2, -1.5],
    W1: [4, -3, 0.5, -4, 2, 0.4],
    b1: [0, 0, 0],
    W2: [2, -1, 1, 2, 1.5, -0.5],
    b2: [-1, 0],
    activation: "sigmoid",
    output: "softmax",
  },
  dead: {
    x: [1, 1],
    W1: [1, 0.5, -0.6, 0.5, -0.8, 0.9],
    b1: [0.2, -5, 0.1],
    W2: [0.6, -0.4, 3, -3, -0.5, 0.8],
    b2: [0, 0.3],
    activation: "relu",
    output: "softmax",
  },
  linear: { ...SMALL, activation: "identity", output: "identity" },
  twins: {
    x: [1, -0.5],
    W1: [0.6, 0.6, 0.6, -0.4, -0.4, -0.4],
    b1: [0.1, 0.1, 0.1],
    W2: [0.5, -0.5, 0.5, -0.5, 0.5, -0.5],
    b2: [0, 0],
    activation: "tanh",
    output: "softmax",
  },
};

const SATURATED_SHARE = 0.05; // of the largest slope
const GUESS_TOLERANCE = 0.005 + 1e-9; // right to two decimals
const NEARLY = 0.02; // right but for rounding on the way
const TIE = 1e-9; // two numbers this near count as equal
const ROOT_2_PI = Math.sqrt(2 * Math.PI);

// ---------------------------------------------------------------------------------------------------------
// Activations

// Multiplied through by exp(min(z, 0)), so that no exponent is ever positive.
const sigmoid = (z) => Math.exp(Math.min(z, 0)) / (1 + Math.exp(-Math.abs(z)));

/** The standard normal distribution function: a series in the middle, a continued fraction in the tails. */
export function normalDistribution(z) {
  const size = Math.abs(z);
  const density = Math.exp(-0.5 * z * z) / ROOT_2_PI;
  if (size < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 3; Math.abs(term) > 1e-18 * Math.abs(sum); n += 2) {
      term *= (z * z) / n;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  let fraction = size;
  for (let n = 150; n > 0; n -= 1) fraction = size + n / fraction;
  return z < 0 ? density / fraction : 1 - density / fraction;
}

/** 1 - tanh(z)², without rounding to 0 far out. */
function slopeOfTanh(z) {
  const fading = Math.exp(-Math.abs(z));
  const root = (2 * fading) / (1 + fading * fading);
  return root * root;
}

const FUNCTIONS = {
  identity: { value: (z) => z, slope: () => 1, largest: 1 },
  sigmoid: { value: sigmoid, slope: (z) => sigmoid(z) * sigmoid(-z), largest: 0.25 },
  tanh: { value: Math.tanh, slope: slopeOfTanh, largest: 1 },
  relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0), largest: 1 },
  gelu: {
    value: (z) => z * normalDistribution(z),
    slope: (z) => normalDistribution(z) + z * (Math.exp(-0.5 * z * z) / ROOT_2_PI),
    largest: normalDistribution(Math.SQRT2) + Math.SQRT2 * (Math.exp(-1) / ROOT_2_PI), // at z = √2
  },
};

function softmax(Z) {
  const exponentials = Z.map((z) => Math.exp(z - Math.max(...Z)));
  const sum = exponentials[0] + exponentials[1];
  return { exponentials, sum, probabilities: exponentials.map((one) => one / sum) };
}

const activate = (name, Z) => (name === "softmax" ? softmax(Z).probabilities : Z.map(FUNCTIONS[name].value));

function slopesOf(name, Z) {
  return name === "softmax" ? softmax(Z).probabilities.map((p, k, both) => p * both[1 - k]) : Z.map(FUNCTIONS[name].slope);
}

const largestSlope = (name) => (name === "softmax" ? 0.25 : FUNCTIONS[name].largest);

function stateOf(name, z, slope, isDead) {
  if (name === "identity") return "linear";
  if (name === "relu") return z > 0 ? "on" : isDead ? "dead" : "off";
  if (Math.abs(slope) >= SATURATED_SHARE * largestSlope(name)) return "responds";
  return name === "gelu" && z > -1.5 ? "dip" : "saturated";
}

// ---------------------------------------------------------------------------------------------------------
// The network

/** `entries` as rows of `width` numbers. */
const rowsOf = (entries, width) =>
  Array.from({ length: entries.length / width }, (_, i) => entries.slice(i * width, (i + 1) * width));

/** The sums of the columns, row after row. */
const columnSums = (rows) => rows.reduce((sums, row) => sums.map((sum, j) => sum + row[j]));

const times = (values, W) => values.map((value, i) => W[i].map((weight) => value * weight));
const plus = (values, b) => values.map((value, j) => value + b[j]);

function propagate({ x, W1: entries1, b1, W2: entries2, b2, activation, output, selected, hide }) {
  const W1 = rowsOf(entries1, 3);
  const W2 = rowsOf(entries2, 2);
  const products1 = times(x, W1);
  const Z1 = plus(columnSums(products1), b1);
  const A1 = activate(activation, Z1);
  const products2 = times(A1, W2);
  const Z2 = plus(columnSums(products2), b2);
  const Y = activate(output, Z2);
  const { exponentials, sum: exponentialSum } = output === "softmax" ? softmax(Z2) : { exponentials: null, sum: null };
  const slopes1 = slopesOf(activation, Z1);
  const slopes2 = slopesOf(output, Z2);

  const states = {};
  for (const j of [0, 1, 2]) {
    const highest = LARGEST_INPUT * Math.abs(W1[0][j]) + LARGEST_INPUT * Math.abs(W1[1][j]) + b1[j];
    states[`h${j + 1}`] = stateOf(activation, Z1[j], slopes1[j], highest <= 0);
  }
  for (const k of [0, 1]) states[`y${k + 1}`] = stateOf(output, Z2[k], slopes2[k], false);

  const winner = output === "softmax" && Math.abs(Z2[0] - Z2[1]) > TIE ? Number(Z2[1] > Z2[0]) : null;
  const focus = winner ?? Number(selected === "y2");
  const contributions = products2.map((row) => (winner === null ? row[focus] : row[winner] - row[1 - winner]));
  const sizes = winner === null ? contributions.map(Math.abs) : contributions;
  const largest = Math.max(...sizes);
  const strongest = largest > TIE ? sizes.findIndex((size) => size >= largest - TIE) : null;

  const columns = [0, 1, 2].map((j) => [W1[0][j], W1[1][j], b1[j]].join());
  const identical = [0, 1, 2].filter((j) => columns.some((column, i) => i !== j && column === columns[j]));
  const isLinear = activation === "identity";
  const collapsedW = isLinear ? W1.map((row) => columnSums(times(row, W2))) : null;
  const collapsedB = isLinear ? plus(columnSums(times(b1, W2)), b2) : null;

  const own = { W1: entries1, b1, W2: entries2, b2, activation, output };
  const matches = (values) => Object.keys(own).every((name) => String(values[name]) === String(own[name]));
  const preset = Object.keys(PRESETS).find((name) => matches(PRESETS[name])) ?? null;
  return {
    products1, Z1, A1, products2, Z2, Y, exponentials, exponentialSum, slopes1, slopes2, states, winner, focus,
    contributions, strongest, identical, collapsedW, collapsedB, preset, masked: [hide === "all", hide !== "nothing"],
  };
}

/** What belongs to one unit: its inputs, weights, products and results. */
function unitOf(settings, state, unit) {
  const at = Number(unit[1]) - 1;
  const isHidden = unit[0] === "h";
  return {
    at,
    isHidden,
    layer: isHidden ? 0 : 1,
    width: isHidden ? 3 : 2,
    inputs: isHidden ? settings.x : state.A1,
    weights: isHidden ? settings.W1 : settings.W2,
    biases: isHidden ? settings.b1 : settings.b2,
    products: isHidden ? state.products1 : state.products2,
    Z: isHidden ? state.Z1 : state.Z2,
    values: isHidden ? state.A1 : state.Y,
    slopes: isHidden ? state.slopes1 : state.slopes2,
    activation: isHidden ? settings.activation : settings.output,
    symbol: isHidden ? "a" : "y",
  };
}

/** Whether a guess of the selected unit's output is right, or which mistake leads to it; as in forward.py. */
function diagnose(settings, state, guess) {
  const { at, values } = unitOf(settings, state, settings.selected);
  const isNear = (value) => Math.abs(guess - value) <= GUESS_TOLERANCE;
  if (isNear(values[at])) return "right";
  const mistake = mistakes(settings, state, settings.selected).find(([, value]) => isNear(value));
  if (mistake) return mistake[0];
  return Math.abs(guess - values[at]) <= NEARLY + 1e-9 ? "nearly" : "wrong";
}

/** The known mistakes in working a unit by hand, as pairs of a name and the number it gives. */
export function mistakes(settings, state, unit) {
  const { at, isHidden, width, inputs, weights: entries, biases, products, Z, values, activation } =
    unitOf(settings, state, unit);
  const bias = biases[at];
  const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
  const column = (rows, j) => rows.map((row) => row[j]);
  // The unit's output if its own sum were z; the other sums of a softmax are right.
  const finish = (z) => activate(activation, Z.map((kept, i) => (i === at ? z : kept)))[at];
  const listed = [
    ["forgot_bias", finish(Z[at] - bias)],
    ["forgot_activation", Z[at]],
    ["forgot_both", Z[at] - bias],
    ["subtracted_bias", finish(Z[at] - 2 * bias)],
  ];
  if (!isHidden) {
    const sums = plus(columnSums(times(state.Z1, rowsOf(entries, width))), biases);
    listed.push(["hidden_z", activate(activation, sums)[at]]);
  }
  if (activation === "softmax") {
    listed.push(["not_normalised", state.exponentials[at]]);
    listed.push(["not_normalised", Math.exp(Math.min(700, Z[at]))]);
    listed.push(["sigmoid_not_softmax", sigmoid(Z[at])]);
  }
  listed.push(["lost_sign", finish(total(column(products, at).map(Math.abs)) + bias)]);
  const row = rowsOf(entries, inputs.length)[at]; // what the weights are if read as (D_out, D_in)
  listed.push(["transposed", finish(total(inputs.map((input, i) => input * row[i])) + bias)]);
  for (let other = 0; other < width; other += 1) {
    if (other === at) continue;
    const name = `other_weights_${unit[0]}${other + 1}`;
    listed.push([name, finish(total(column(products, other)) + bias)]);
    listed.push([name, finish(Z[other])]);
    listed.push([name, values[other]]);
  }
  return listed;
}

/**
 * Compute everything that the lab shows.
 *
 * @param {object} settings  By the names of SCHEMA, within its ranges.
 * @param {"en"|"zh"} language
 * @param {{ revealed?: boolean, guess?: number|null }} view  What the reader did besides: asked for the hidden
 *   results, and the guess that is to be checked (NaN if it is no number).
 * @returns {object}  The numbers of largemodels.forward.ForwardRun under the same names in camel case, and:
 *   `guessVerdict` (see `diagnose_guess`; null without one, "empty" for no number), `words` (every text). Where
 *   `masked`, the numbers of that layer are "?" in every text.
 */
export function describe(settings, language = "en", { revealed = false, guess = null } = {}) {
  const state = propagate(settings);
  if (revealed) state.masked = [false, false];
  state.guessVerdict = guess === null ? null : Number.isNaN(guess) ? "empty" : diagnose(settings, state, guess);
  return { ...state, words: wordsFor(settings, state, STRINGS[language]) };
}

// ---------------------------------------------------------------------------------------------------------
// Words

const LOW = "₀₁₂₃";
const nameOf = (unit) => unit[0] + LOW[unit[1]];
const X_NAMES = ["x₁", "x₂"];
const SHAPES = {
  x: "(1, 2)", W1: "(2, 3)", b1: "(3,)", Z1: "(1, 3)", A1: "(1, 3)",
  W2: "(3, 2)", b2: "(2,)", Z2: "(1, 2)", Y: "(1, 2)", W: "(2, 2)", b: "(2,)",
};

/** Write a number with a fixed count of decimals, so that columns of numbers line up. */
function fixed(value, decimals) {
  const size = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(size) !== 0 ? `−${size}` : size;
}

const two = (value) => fixed(value, 2);
const three = (value) => fixed(value, 3);
const orHidden = (isMasked, text) => (isMasked ? "?" : text);

function wordsFor(settings, state, strings) {
  const { masked } = state;
  const unit = unitOf(settings, state, settings.selected);
  const inLayer = (layer, values) => values.map((value) => orHidden(masked[layer], two(value)));
  const [z1, a1, z2, y] = [inLayer(0, state.Z1), inLayer(0, state.A1), inLayer(1, state.Z2), inLayer(1, state.Y)];
  const units = Object.fromEntries(
    UNITS.map((name) => {
      const [layer, at] = [name[0] === "h" ? 0 : 1, Number(name[1]) - 1];
      const [z, value] = layer === 0 ? [z1[at], a1[at]] : [z2[at], y[at]];
      const key = `state_${state.states[name]}`;
      const stateText = masked[layer] ? "" : (strings[key] ?? "");
      const symbol = layer === 0 ? "a" : "y";
      const label = fill(strings.unit_label, { name: nameOf(name), z, value, symbol });
      return [name, { z, value, state: stateText, label: stateText ? `${label}${strings.comma}${stateText}` : label }];
    }),
  );
  const [x, W1, b1, W2, b2] = ["x", "W1", "b1", "W2", "b2"].map((name) => settings[name].map(two));
  const matrices = { x: [x], W1: rowsOf(W1, 3), b1: [b1], Z1: [z1], A1: [a1], W2: rowsOf(W2, 2), b2: [b2], Z2: [z2], Y: [y] };
  if (state.collapsedW) {
    matrices.W = state.collapsedW.map((row) => inLayer(1, row));
    matrices.b = [inLayer(1, state.collapsedB)];
  }
  return {
    readout: readoutFor(settings, state, strings),
    note: strings[`note_${state.preset ?? "own"}`],
    diagramLabel: fill(strings.diagram_label, {
      x1: x[0], x2: x[1], h1: a1[0], h2: a1[1], h3: a1[2], y1: y[0], y2: y[1],
    }),
    units,
    unitTitle: fill(strings.unit_title, { name: nameOf(settings.selected) }),
    arithmetic: arithmeticFor(state, unit, strings),
    slope: slopeFor(state, unit, settings.selected, strings),
    plotLabel: plotLabelFor(state, unit, strings),
    matrices,
    collapsed: state.collapsedW ? strings.collapsed : strings.not_collapsed,
    guessLabel: fill(strings.guess, { name: nameOf(settings.selected), symbol: unit.symbol }),
    guess: guessFor(settings, state, strings),
  };
}

/** The selected unit's sum: a row for each input, then sum, bias, z, and the activation. */
function arithmeticFor(state, unit, strings) {
  const { at, layer, isHidden, inputs, products, biases, Z, values, activation, symbol } = unit;
  const hidden = state.masked[layer];
  const write = (value) => orHidden(hidden, three(value));
  const sum = products.reduce((total, row) => total + row[at], 0);
  const z = write(Z[at]);
  const short = (value) => orHidden(hidden, formatNumber(value));
  const formula = {
    identity: () => `${symbol} = z`,
    sigmoid: () => `${symbol} = 1 / (1 + exp(−z)) = 1 / (1 + ${short(Math.exp(-Z[at]))})`,
    tanh: () => `${symbol} = tanh(${z})`,
    relu: () => `${symbol} = max(0, ${z})`,
    gelu: () => `${symbol} = z Φ(z) = ${z} · ${short(normalDistribution(Z[at]))}`,
    softmax: () => `${symbol} = ${short(state.exponentials[at])} / ${short(state.exponentialSum)}`,
  }[activation]();
  const [first, second] = (state.exponentials ?? [0, 0]).map(short);
  return {
    rows: inputs.map((input, i) => ({
      name: isHidden ? X_NAMES[i] : `h${LOW[i + 1]}`,
      input: isHidden ? three(input) : orHidden(state.masked[0], three(input)),
      product: write(products[i][at]),
    })),
    sum: write(sum),
    bias: three(biases[at]),
    z,
    formula,
    value: write(values[at]),
    softmax: activation === "softmax" ? fill(strings.softmax_line, { first, second, sum: short(state.exponentialSum) }) : "",
  };
}

function slopeFor(state, { at, layer, activation, slopes }, selected, strings) {
  if (state.masked[layer]) return strings.slope_masked;
  const largest = largestSlope(activation);
  const said = fill(strings[`slope_${state.states[selected]}`], {
    slope: formatNumber(slopes[at], 3),
    share: formatNumber((100 * Math.abs(slopes[at])) / largest, 2),
    largest: formatNumber(largest, 3),
  });
  return activation === "softmax" ? said + strings.between_sentences + strings.curve_softmax : said;
}

/** The plot shows -plotReach(z) to plotReach(z). */
function plotReach(z) {
  let reach = 6;
  while (reach < Math.abs(z) * 1.1) reach *= 2;
  return reach;
}

function plotLabelFor(state, { at, layer, activation, Z, values, slopes, symbol }, strings) {
  const f = strings[`function_${activation}`];
  if (state.masked[layer]) return fill(strings.plot_label_masked, { f });
  const reach = plotReach(Z[at]);
  return fill(strings.plot_label, {
    f,
    low: `−${reach}`,
    high: reach,
    z: two(Z[at]),
    symbol,
    value: two(values[at]),
    slope: formatNumber(slopes[at], 3),
  });
}

function guessFor({ selected }, { guessVerdict: verdict }, strings) {
  if (verdict === null) return strings.guess_none;
  const name = nameOf(selected);
  if (verdict.startsWith("other_weights_")) {
    return fill(strings.guess_other_weights, { name, other: nameOf(verdict.slice(-2)) });
  }
  return strings[`guess_${verdict}`];
}

/** The sentences that say what is shown: one for the outputs, one for each thing to notice. */
function readoutFor(settings, state, strings) {
  const { winner, focus, strongest, contributions, Z2, Y, states, masked } = state;
  const values = {
    name: nameOf(settings.selected),
    class: focus + 1,
    focus: `y${LOW[focus + 1]}`,
    p: two(Y[focus]),
    y1: two(Y[0]),
    y2: two(Y[1]),
    unit: strongest === null ? "" : `h${LOW[strongest + 1]}`,
    part: strongest === null ? "" : two(contributions[strongest]),
    gap_name: focus === 0 ? "z(y₁) − z(y₂)" : "z(y₂) − z(y₁)",
    gap: two(Math.abs(Z2[0] - Z2[1])),
  };
  let lead = { softmax: "class", sigmoid: "probabilities", identity: "values" }[settings.output];
  if (strongest === null) lead += "_bias";
  if (settings.output === "softmax" && winner === null) lead = "undecided";
  const sentences = [fill(strings[masked[1] ? "masked" : lead], values)];
  const hiddenUnits = UNITS.slice(0, 3);
  const say = (key, units) => {
    if (units.length) sentences.push(fill(strings[key], { units: units.join(strings.comma) }));
  };
  if (!masked[0]) {
    const withSlope = (unit) => {
      const slope = formatNumber(state.slopes1[Number(unit[1]) - 1], 2);
      return fill(strings.with_slope, { name: nameOf(unit), slope });
    };
    const inState = (wanted) => hiddenUnits.filter((unit) => states[unit] === wanted);
    say("saturated", inState("saturated").map(withSlope));
    say("dead", inState("dead").map(nameOf));
    say("off", inState("off").map(nameOf));
  }
  say("identical", state.identical.map((j) => nameOf(hiddenUnits[j])));
  if (state.collapsedW) sentences.push(strings.collapse);
  return sentences.join(strings.between_sentences);
}

/** How the readout is marked: hidden results leave it open; units that pass no slope on are bad. */
function toneOf({ states, masked }) {
  if (masked[1]) return "open";
  const hidden = ["h1", "h2", "h3"].map((unit) => states[unit]);
  return hidden.some((state) => state === "saturated" || state === "dead") ? "bad" : "good";
}

// ---------------------------------------------------------------------------------------------------------
// The diagram

const NODE_HEIGHT = 70;
const INPUT = { width: 62, height: 50 };
const WIDEST = 9; // pixels of the widest edge of a layer
const PLAIN_WIDTH = 1.5; // where the products are hidden

/** A weight's place on its edge, as a share of its length: where no two labels meet, whatever the width. */
function placeOnEdge(layer, from, to, isWide) {
  const hidden = layer === 0 ? to : from; // 0, 1 or 2
  const end = layer === 0 ? from : to; // 0 or 1
  const isStraight = hidden === 2 * end;
  const share = isWide ? 0.3 : hidden === 1 ? 0.34 : isStraight ? 0.58 : 0.83;
  return layer === 0 ? share : 1 - share;
}

/**
 * A number that is dragged up and down, or moved by the arrow keys: a slider to screen readers.
 *
 * @param {object} options  `label`, `minimum`, `maximum`, `get()`, `set(value)`, `onGrab()` (the pointer came down),
 *   `className`, `signal`.
 */
function createHandle({ label, minimum, maximum, get, set, onGrab, className, signal }) {
  let grabbed = null; // while dragging: where the pointer came down, and the value there
  const take = (value) => set(Math.min(maximum, Math.max(minimum, Math.round(value * 20) / 20)) + 0);
  const node = element("button", {
    type: "button",
    class: `lm-chip ${className}`,
    role: "slider",
    "aria-orientation": "vertical",
    "aria-label": label,
    "aria-valuemin": minimum,
    "aria-valuemax": maximum,
    onpointerdown(event) {
      if (event.button !== 0) return;
      grabbed = [event.clientY, get()];
      node.setPointerCapture(event.pointerId);
      onGrab();
    },
    onpointermove(event) {
      // A few pixels are no drag yet, so that a tap changes nothing.
      if (!grabbed || (grabbed.length === 2 && Math.abs(event.clientY - grabbed[0]) < 3)) return;
      grabbed[2] = true;
      take(grabbed[1] + (grabbed[0] - event.clientY) * 0.025);
    },
    onlostpointercapture: () => (grabbed = null),
    onkeydown(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = event.shiftKey ? 1 : 0.1;
      const target = {
        ArrowUp: get() + step,
        ArrowRight: get() + step,
        ArrowDown: get() - step,
        ArrowLeft: get() - step,
        PageUp: get() + 1,
        PageDown: get() - 1,
        Home: minimum,
        End: maximum,
      }[event.key];
      if (target === undefined) return;
      event.preventDefault();
      take(target);
    },
    signal,
  });
  return {
    node,
    show(value) {
      const text = two(value);
      setText(node, text);
      setAttribute(node, "aria-valuenow", value);
      setAttribute(node, "aria-valuetext", text);
    },
  };
}

function setAttribute(node, name, value) {
  const text = String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** The network: edges below, numbers and units on them. */
function createDiagram({ strings, signal, change, settings }) {
  const replaceEntry = (name, at) => (value) => {
    change({ [name]: settings()[name].map((kept, i) => (i === at ? value : kept)) });
  };
  const select = (unit) => unit && settings().selected !== unit && change({ selected: unit });
  const handleFor = (name, at, label, unit, className) =>
    createHandle({
      label,
      ...SCHEMA[name],
      get: () => settings()[name][at],
      set: replaceEntry(name, at),
      onGrab: () => select(unit),
      className,
      signal,
    });

  const edges = [];
  for (const layer of [0, 1]) {
    const [starts, ends] = [2 + layer, 3 - layer];
    for (let from = 0; from < starts; from += 1) {
      for (let to = 0; to < ends; to += 1) {
        const unit = UNITS[layer * 3 + to];
        const names = { from: layer === 0 ? X_NAMES[from] : `h${LOW[from + 1]}`, to: nameOf(unit) };
        const at = from * ends + to;
        const label = fill(strings.handle_weight, names);
        const chip = handleFor(`W${layer + 1}`, at, label, unit, "lm-weight");
        edges.push({ layer, from, to, at, unit, chip, path: svgElement("path", { class: "lm-edge" }) });
      }
    }
  }
  const inputs = X_NAMES.map((name, i) => {
    const handle = handleFor("x", i, fill(strings.handle_input, { name }), null, "lm-input-value");
    const node = element("div", { class: "lm-node lm-input" }, element("span", { class: "lm-unit-name" }, name), handle.node);
    return { node, handle };
  });
  const units = UNITS.map((unit, index) => {
    const isHidden = unit[0] === "h";
    const at = Number(unit[1]) - 1;
    const [z, value, state] = [0, 1, 2].map(() => element("span", { class: "lm-unit-number" }));
    state.className = "lm-unit-state";
    const line = (symbol, number) => element("span", { class: "lm-unit-line" }, element("i", {}, symbol), number);
    const face = element(
      "button",
      { type: "button", class: "lm-unit", onclick: () => select(unit), signal },
      element("span", { class: "lm-unit-name" }, nameOf(unit)),
      line("z", z),
      line(isHidden ? "a" : "y", value),
      state,
    );
    value.classList.add("lm-unit-result");
    const label = fill(strings.handle_bias, { to: nameOf(unit) });
    const bias = handleFor(isHidden ? "b1" : "b2", at, label, unit, "lm-bias");
    return { unit, isHidden, at, index, z, value, state, face, bias, node: element("div", { class: "lm-node" }, face, bias.node) };
  });

  const svg = svgElement("svg", { role: "img" }, edges.map((edge) => edge.path));
  const stage = element(
    "div",
    { class: "lm-plot lm-network" },
    svg,
    inputs.map((input) => input.node),
    units.map((unit) => unit.node),
    edges.map((edge) => edge.chip.node),
  );
  const node = element("div", { class: "lm-diagram" }, stage, element("p", { class: "lm-legend" }, strings.legend));

  function place(box, { width, height }, [left, top]) {
    Object.assign(box.style, {
      width: `${width}px`,
      height: `${height}px`,
      transform: `translate(${(left - width / 2).toFixed(1)}px, ${(top - height / 2).toFixed(1)}px)`,
    });
  }

  /** Lay the network out from left to right, or on narrow screens from top to bottom. */
  function arrange(width, height) {
    const isWide = width > 400;
    const across = isWide ? height : width; // the side along which a layer's units stand
    const along = isWide ? width : height;
    const node = { width: Math.min(isWide ? 92 : 110, (width - 12) / 3), height: NODE_HEIGHT };
    const depth = (box) => (isWide ? box.width : box.height) / 2;
    const point = (a, b) => (isWide ? [a, b] : [b, a]);
    const ends = isWide ? [0.23, 0.77] : [0.25, 0.75];
    const layers = [
      ends.map((share) => point(depth(INPUT) + 1, across * share)),
      [1 / 6, 1 / 2, 5 / 6].map((share) => point(along / 2 - (isWide ? 8 : 4), across * share)),
      ends.map((share) => point(along - depth(node) - 1, across * share)),
    ];
    inputs.forEach((input, i) => place(input.node, INPUT, layers[0][i]));
    units.forEach((unit) => place(unit.node, node, layers[unit.isHidden ? 1 : 2][unit.at]));
    for (const { layer, from, to, chip, path } of edges) {
      const shift = point(1, 0);
      const [start, end] = [layers[layer][from], layers[layer + 1][to]];
      const [out, into] = [depth(layer === 0 ? INPUT : node), depth(node)];
      const begin = start.map((place, i) => place + shift[i] * out);
      const finish = end.map((place, i) => place - shift[i] * into);
      path.setAttribute("d", `M${begin.map((v) => v.toFixed(1))}L${finish.map((v) => v.toFixed(1))}`);
      const share = placeOnEdge(layer, from, to, isWide);
      const [left, top] = begin.map((place, i) => place + share * (finish[i] - place));
      chip.node.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px) translate(-50%, -50%)`;
    }
    stage.dataset.laid = isWide ? "across" : "down";
  }

  function show(current, state) {
    const { words, masked } = state;
    setAttribute(svg, "aria-label", words.diagramLabel);
    const largest = [state.products1, state.products2].map((rows) => Math.max(1.5, ...rows.flat().map(Math.abs)));
    for (const { layer, from, to, at, unit, chip, path } of edges) {
      const product = (layer === 0 ? state.products1 : state.products2)[from][to];
      const width = masked[layer] ? PLAIN_WIDTH : Math.max(0.75, (WIDEST * Math.abs(product)) / largest[layer]);
      setAttribute(path, "stroke-width", width.toFixed(2));
      const sign = masked[layer] ? "hidden" : product > 0 ? "positive" : product < 0 ? "negative" : "zero";
      setAttribute(path, "data-sign", sign);
      const isSelected = unit === current.selected;
      for (const part of [path, chip.node]) setAttribute(part, "data-selected", isSelected);
      // Those of the other units are reached once their unit is chosen: twelve stops would be too many.
      setAttribute(chip.node, "tabindex", isSelected ? 0 : -1);
      chip.show(current[`W${layer + 1}`][at]);
    }
    inputs.forEach((input, i) => input.handle.show(current.x[i]));
    for (const { unit, isHidden, at, z, value, state: stateNode, face, bias } of units) {
      const texts = words.units[unit];
      setText(z, texts.z);
      setText(value, texts.value);
      setText(stateNode, texts.state);
      setAttribute(stateNode, "data-state", state.states[unit]);
      setAttribute(face, "aria-label", texts.label);
      const isSelected = unit === current.selected;
      setAttribute(face, "aria-pressed", isSelected);
      setAttribute(bias.node, "tabindex", isSelected ? 0 : -1);
      bias.show(current[isHidden ? "b1" : "b2"][at]);
    }
  }

  watchSize(stage, signal, arrange);
  return { node, show };
}

// ---------------------------------------------------------------------------------------------------------
// The selected unit

/** The sum in a column: inputs times weights, sum, bias, z, activation; weights and inputs are fields. */
function createArithmetic({ strings, signal, change, settings }) {
  const layout = () => unitOf(settings(), { A1: [0, 0, 0] }, settings().selected);
  const setEntry = (name, at, value) => change({ [name]: settings()[name].map((kept, i) => (i === at ? value : kept)) });
  const weightName = () => (layout().isHidden ? "W1" : "W2");
  const biasName = () => (layout().isHidden ? "b1" : "b2");
  const field = (name, onChange) => numberField({ ...SCHEMA[name], step: 0.1, onChange, signal });

  const title = element("caption", { class: "lm-unit-title" });
  const rows = [0, 1, 2].map((i) => {
    const name = element("th", { scope: "row" });
    const input = element("span", {});
    // An unfinished number ("?") makes no list of numbers, so it is ignored, and said.
    const inputField = i < 2 ? field("x", (value) => setEntry("x", i, value)) : null;
    const weight = field("W1", (value) => setEntry(weightName(), i * layout().width + layout().at, value));
    const product = element("td", { class: "lm-result" });
    const row = element(
      "tr",
      {},
      name,
      element("td", {}, inputField?.node, input),
      element("td", {}, element("span", { "aria-hidden": "true", class: "lm-times" }, "×"), weight.node),
      product,
    );
    return { row, name, input, inputField, weight, product };
  });
  const result = (label) => {
    const head = element("th", { scope: "row", colspan: 3 }, label);
    const cell = element("td", { class: "lm-result" });
    return { head, cell, row: element("tr", {}, head, cell) };
  };
  const sum = result(strings.sum);
  const bias = field("b1", (value) => setEntry(biasName(), layout().at, value));
  const biasCell = element("td", { class: "lm-result" });
  const biasRow = element(
    "tr",
    {},
    element("th", { scope: "row", colspan: 2 }, strings.bias),
    element("td", {}, element("span", { class: "lm-times" }), bias.node),
    biasCell,
  );
  const z = result("z");
  const activation = result("");
  const softmaxLine = element("p", { class: "lm-softmax" });
  const head = ["", strings.column_input, strings.column_weight, strings.column_product].map((text) =>
    text ? element("th", { scope: "col" }, text) : element("td", {}),
  );
  sum.row.className = "lm-sum-row";
  z.row.className = "lm-sum-row";
  activation.row.className = "lm-value-row";
  const table = element(
    "table",
    { class: "lm-arithmetic" },
    title,
    element("thead", {}, element("tr", {}, head)),
    element("tbody", {}, rows.map(({ row }) => row), sum.row, biasRow, z.row, activation.row),
  );
  const node = element("div", { class: "lm-worked" }, table, softmaxLine);

  function show(current, { words }) {
    const { at, isHidden, width } = layout();
    const { arithmetic } = words;
    setText(title, words.unitTitle);
    const to = nameOf(current.selected);
    rows.forEach((row, i) => {
      const shown = arithmetic.rows[i];
      row.row.hidden = !shown;
      if (!shown) return;
      setText(row.name, shown.name);
      if (row.inputField) {
        row.inputField.node.hidden = !isHidden;
        row.inputField.show(current.x[i]);
        setAttribute(row.inputField.node, "aria-label", fill(strings.field_input, { name: X_NAMES[i] }));
      }
      setText(row.input, isHidden ? "" : shown.input);
      row.weight.show(current[isHidden ? "W1" : "W2"][i * width + at]);
      const name = fill(strings.handle_weight, { from: shown.name, to });
      setAttribute(row.weight.node, "aria-label", fill(strings.field_input, { name }));
      setText(row.product, shown.product);
    });
    setText(sum.cell, arithmetic.sum);
    bias.show(current[isHidden ? "b1" : "b2"][at]);
    const biasLabel = fill(strings.handle_bias, { to });
    setAttribute(bias.node, "aria-label", fill(strings.field_input, { name: biasLabel }));
    setText(biasCell, arithmetic.bias);
    setText(z.cell, arithmetic.z);
    setText(activation.head, arithmetic.formula);
    setText(activation.cell, arithmetic.value);
    setText(softmaxLine, arithmetic.softmax);
  }

  return { node, show };
}

/** The reader's own result for the selected unit, and what is said to it. */
function createGuess({ strings, signal, onGuess, onReveal }) {
  const label = element("span", { class: "lm-control-name" });
  const field = element("input", {
    type: "number",
    step: "any",
    class: "lm-number lm-guess-field",
    onkeydown: (event) => event.key === "Enter" && onGuess(field.valueAsNumber),
    signal,
  });
  const said = element("p", { class: "lm-guess-said", role: "status" });
  const reveal = button(strings.reveal, onReveal, signal);
  const node = element(
    "div",
    { class: "lm-guess" },
    element("label", { class: "lm-guess-label" }, label, field),
    button(strings.check, () => onGuess(field.valueAsNumber), signal),
    reveal,
    said,
  );
  return {
    node,
    clear: () => (field.value = ""),
    show(current, { words, guessVerdict, masked }) {
      setText(label, words.guessLabel);
      setText(said, words.guess);
      said.dataset.verdict = guessVerdict === "right" ? "right" : guessVerdict === null ? "none" : "wrong";
      reveal.hidden = current.hide === "nothing";
      setText(reveal, masked[1] ? strings.reveal : strings.conceal);
    },
  };
}

/** The activation's curve with the unit's point and tangent; where the curve is flat it is shaded. */
function createCurve({ strings, signal }) {
  const axes = svgElement("g", {});
  const flat = svgElement("path", { class: "lm-flat" });
  const guide = svgElement("path", { class: "lm-guide" });
  const line = svgElement("path", { class: "lm-curve" });
  const tangent = svgElement("path", { class: "lm-tangent" });
  const point = svgElement("circle", { class: "lm-point", r: 5 });
  const inside = svgElement("svg", { overflow: "hidden" }, flat, guide, line, tangent);
  const svg = svgElement("svg", { role: "img" }, inside, axes, point);
  const plot = element("div", { class: "lm-plot lm-activation" }, svg);
  const text = element("p", { class: "lm-slope" });
  const SAMPLES = 120;
  let area = null;
  let shown = null;
  let drawn = "";

  const HEIGHTS = {
    identity: (reach) => [-reach, reach],
    sigmoid: () => [-0.1, 1.1],
    softmax: () => [-0.1, 1.1],
    tanh: () => [-1.2, 1.2],
    relu: (reach) => [-reach / 5, reach],
    gelu: (reach) => [-reach / 5, reach],
  };

  /** Curve and slope of one unit; of softmax as its own z moves and the other's stays. */
  function functionsOf({ activation, at, Z }, isMasked) {
    if (activation !== "softmax") return FUNCTIONS[activation];
    const other = isMasked ? 0 : Z[1 - at];
    return { value: (z) => sigmoid(z - other), slope: (z) => sigmoid(z - other) * sigmoid(other - z), largest: 0.25 };
  }

  function drawCurve(unit, isMasked, x, y) {
    const { value, slope, largest } = functionsOf(unit, isMasked);
    const { width, height } = area;
    let [data, shade, flatFrom] = ["", "", null];
    const closeShade = (to) => {
      if (flatFrom !== null) shade += `M${flatFrom.toFixed(1)},0H${to.toFixed(1)}V${height}H${flatFrom.toFixed(1)}Z`;
      flatFrom = null;
    };
    for (let i = 0; i <= SAMPLES; i += 1) {
      const z = x.value(i / SAMPLES);
      const left = (i / SAMPLES) * width;
      data += `${i ? "L" : "M"}${left.toFixed(1)},${((1 - y.position(value(z))) * height).toFixed(1)}`;
      if (Math.abs(slope(z)) < SATURATED_SHARE * largest) flatFrom ??= left;
      else closeShade(left);
    }
    closeShade(width);
    line.setAttribute("d", data);
    flat.setAttribute("d", shade);
  }

  function show(settings, state) {
    shown = [settings, state];
    const unit = unitOf(settings, state, settings.selected);
    const isMasked = state.masked[unit.layer];
    setText(text, state.words.slope);
    setAttribute(svg, "aria-label", state.words.plotLabel);
    if (!area) return;
    const { at, activation, Z, values, slopes, symbol } = unit;
    const reach = isMasked ? 6 : plotReach(Z[at]);
    const x = linearAxis(-reach, reach);
    const y = linearAxis(...HEIGHTS[activation](reach));
    const wantedAxes = [activation, symbol, reach, area.width].join();
    const other = activation === "softmax" && !isMasked ? Z[1 - at] : 0;
    if (drawn !== `${wantedAxes},${other}`) {
      if (!drawn.startsWith(`${wantedAxes},`)) {
        const yTitle = activation === "softmax" ? symbol : `${symbol} = ${strings[`function_${activation}`]}(z)`;
        drawAxes(axes, area, x, y, { xTitle: "z", yTitle });
      }
      drawCurve(unit, isMasked, x, y);
      drawn = `${wantedAxes},${other}`;
    }
    for (const part of [guide, tangent, point]) setAttribute(part, "visibility", isMasked ? "hidden" : "visible");
    if (isMasked) return;
    const left = x.position(Z[at]) * area.width;
    const top = (1 - y.position(values[at])) * area.height;
    const [right, up] = [area.width / (2 * reach), (slopes[at] * area.height) / (y.maximum - y.minimum)];
    const scale = 44 / Math.hypot(right, up);
    const end = (side) => `${(left + side * scale * right).toFixed(1)},${(top - side * scale * up).toFixed(1)}`;
    tangent.setAttribute("d", `M${end(-1)}L${end(1)}`);
    guide.setAttribute("d", `M${left.toFixed(1)},${area.height}V${top.toFixed(1)}H0`);
    point.setAttribute("cx", (area.left + left).toFixed(1));
    point.setAttribute("cy", (area.top + top).toFixed(1));
  }

  watchSize(plot, signal, (width, height) => {
    area = { left: 52, top: 8, width: width - 60, height: height - 50 };
    for (const [name, value] of [["x", area.left], ["y", area.top], ["width", area.width], ["height", area.height]]) {
      inside.setAttribute(name, value);
    }
    drawn = "";
    if (shown) show(...shown);
  });

  return { node: element("div", { class: "lm-below" }, plot, text), show };
}

// ---------------------------------------------------------------------------------------------------------
// Matrices

/** Both layers as rows of bracketed numbers, with shapes. */
function createMatrices({ strings }) {
  const grids = {};
  function matrix(name, key = name) {
    const [rows, columns] = { b1: [1, 3], b2: [1, 2], b: [1, 2] }[name] ?? SHAPES[name].match(/\d/g).map(Number);
    const cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => element("span", {})));
    const node = element(
      "div",
      { class: "lm-matrix", role: "img" },
      element("div", { class: "lm-grid-cells", style: `--lm-columns: ${columns}` }, cells.flat()),
      element("div", { class: "lm-shape" }, element("b", {}, name), ` ${SHAPES[name]}`),
    );
    grids[key] = { name, node, cells };
    return node;
  }
  const sign = (text) => element("span", { class: "lm-operator" }, text);
  const f = sign();
  const g = sign();
  const collapsed = element("div", { class: "lm-product" }, matrix("W"), matrix("b"));
  const collapsedText = element("p", { class: "lm-matrix-text" });
  const line = (...parts) => element("div", { class: "lm-matrix-line" }, parts);
  const group = (...parts) => element("span", { class: "lm-matrix-group" }, parts);
  const node = element(
    "div",
    { class: "lm-matrices" },
    element("p", { class: "lm-unit-title" }, strings.matrices),
    line(group(matrix("x"), sign("@"), matrix("W1")), group(sign("+"), matrix("b1")), group(sign("="), matrix("Z1")), group(f, matrix("A1"))),
    line(group(matrix("A1", "fed"), sign("@"), matrix("W2")), group(sign("+"), matrix("b2")), group(sign("="), matrix("Z2")), group(g, matrix("Y"))),
    element("p", { class: "lm-matrix-text" }, strings.counts),
    element("div", { class: "lm-collapsed" }, collapsed, collapsedText),
  );

  function show(current, { words }) {
    setText(f, `→ ${strings[`function_${current.activation}`]} →`);
    setText(g, `→ ${strings[`function_${current.output}`]} →`);
    setText(collapsedText, words.collapsed);
    collapsed.hidden = !words.matrices.W;
    const column = Number(current.selected[1]) - 1;
    const lit = current.selected[0] === "h" ? ["W1", "b1", "Z1", "A1"] : ["W2", "b2", "Z2", "Y"];
    for (const [key, { name, node: box, cells }] of Object.entries(grids)) {
      const numbers = words.matrices[name];
      if (!numbers) continue;
      numbers.forEach((row, i) => row.forEach((text, j) => {
        setText(cells[i][j], text);
        cells[i][j].classList.toggle("lm-lit", j === column && lit.includes(key));
      }));
      const label = { name, shape: SHAPES[name], numbers: numbers.map((row) => row.join(" ")).join("; ") };
      setAttribute(box, "aria-label", fill(strings.matrix_label, label));
    }
  }

  return { node, show };
}

/** The menus: network, activations, what is hidden. */
function createControls({ strings, signal, change }) {
  const menu = (name, options, onChange) => selectControl({ label: strings[name], options, onChange, signal });
  const names = [...Object.keys(PRESETS), "own"];
  const preset = menu("preset", names.map((name) => [name, strings[`preset_${name}`]]), (name) => change(PRESETS[name] ?? {}));
  const setting = (name, prefix) =>
    menu(name, SCHEMA[name].choices.map((value) => [value, strings[`${prefix}_${value}`]]), (value) => change({ [name]: value }));
  const activation = setting("activation", "function");
  const output = setting("output", "function");
  const hide = setting("hide", "hide");
  const note = element("p", { class: "lm-note" });
  const menus = element("div", { class: "lm-choices" }, preset.node, activation.node, output.node, hide.node);
  return {
    node: element("div", { class: "lm-controls" }, menus, note),
    show(current, { words, preset: shownPreset }) {
      preset.show(shownPreset ?? "own");
      activation.show(current.activation);
      output.show(current.output);
      hide.show(current.hide);
      setText(note, words.note);
    },
  };
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
  const strings = { ...STRINGS[language] };
  for (const name of ACTIVATIONS) strings[`activation_${name}`] = strings[`function_${name}`];
  for (const name of OUTPUTS) strings[`output_${name}`] = strings[`function_${name}`];
  for (const unit of UNITS) strings[`selected_${unit}`] = nameOf(unit);
  const root = element("section", { class: "lm-lab lm-forward", lang: language, "aria-label": strings.title });
  let notice = "";
  let revealed = false;
  let guess = null;

  const binding = bindSettings({ model, schema: SCHEMA, onChange: takeUp, signal });
  const settings = () => binding.current;
  let { hide } = binding.current;
  const common = { strings, signal, change: binding.change, settings };
  const controls = createControls(common);
  const diagram = createDiagram(common);
  const arithmetic = createArithmetic(common);
  const guessing = createGuess({ ...common, onGuess, onReveal });
  const curve = createCurve(common);
  const matrices = createMatrices(common);
  const readout = createReadout(signal);
  const reset = button(LAB_STRINGS[language].reset, () => binding.change(binding.initial), signal);
  const link = linkButton(site, settings, language, signal);

  function takeUp(problems) {
    notice = describeProblems(problems, SCHEMA, binding.current, strings, language);
    if (binding.current.hide !== hide) revealed = false;
    hide = binding.current.hide;
    guess = null; // it was about other numbers
    guessing.clear();
    draw();
  }

  function onGuess(value) {
    guess = value;
    draw();
  }

  function onReveal() {
    revealed = !revealed;
    draw();
  }

  function draw() {
    const { current } = binding;
    const state = describe(current, language, { revealed, guess });
    for (const part of [controls, diagram, arithmetic, guessing, curve, matrices]) part.show(current, state);
    readout.show(state.words.readout, toneOf(state), notice);
  }

  root.append(
    controls.node,
    element("div", { class: "lm-above" }, diagram.node, element("div", { class: "lm-side" }, arithmetic.node, guessing.node)),
    readout.node,
    curve.node,
    matrices.node,
    element("div", { class: "lm-buttons" }, reset, link),
  );
  el.replaceChildren(root);
  watchTheme(root, signal);
  binding.change(initial ?? {});
  return life;
}

export default { render };
